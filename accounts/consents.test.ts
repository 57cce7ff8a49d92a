import { describe, expect, test } from '@jest/globals';
import { blankAccount } from '../test/harness/blank-account.ts';
import { consentTo, covers, isConsentLost, withConsent, withoutConsent } from './consents.ts';
import type { Person } from './person.ts';

const an: Person = { ...blankAccount, id: 'an', username: 'an' };
const api = 'https://api.example/';

describe('A-676 consents', () => {
  test('the second is added to the first, under the same id; another client has one of its own', () => {
    const once = withConsent(an, 'rent', { scopes: ['openid'] }, 1_000);
    const twice = withConsent(once, 'rent', { scopes: ['email'], apis: { [api]: ['read'] } }, 2_000);
    const all = withConsent(twice, 'other', { scopes: [] }, 3_000);
    expect(consentTo(all, 'rent')).toMatchObject({
      scopes: ['openid', 'email'],
      apis: { [api]: ['read'] },
      since: 1_000,
      at: 2_000,
    });
    expect(consentTo(all, 'rent')?.id).toBe(consentTo(once, 'rent')?.id);
    expect(consentTo(all, 'other')?.id).not.toBe(consentTo(all, 'rent')?.id);
    expect(all.pending).toHaveLength(3);
    expect([isConsentLost(once, all), isConsentLost(all, once)]).toEqual([false, true]);
  });

  test('a consent covers what it names, for each API by itself; none covers nothing', () => {
    const given = { scopes: ['openid', 'email'], apis: { [api]: ['read'] } };
    for (const asked of [{ scopes: [] }, { scopes: ['email'] }, { scopes: ['openid'], apis: { [api]: ['read'] } }])
      expect(covers(given, asked)).toBe(true);
    for (const asked of [
      { scopes: ['profile'] },
      { scopes: ['read'] },
      { scopes: [], apis: { [api]: ['write'] } },
      { scopes: [], apis: { 'https://other.example/': ['read'] } },
      { scopes: [], apis: { constructor: ['name'] } },
    ])
      expect([asked, covers(given, asked)]).toEqual([asked, false]);
    expect(covers(undefined, { scopes: [] })).toBe(false);
  });

  test('after a withdrawal the next one has another id; one that is not there changes nothing', () => {
    const given = withConsent(an, 'rent', { scopes: ['openid'] }, 1_000);
    const id = consentTo(given, 'rent')?.id ?? '';
    const without = withoutConsent(given, id, 2_000);
    expect([without.consents, without.pending.length]).toEqual([undefined, 2]);
    expect(consentTo(withConsent(without, 'rent', { scopes: ['openid'] }, 3_000), 'rent')?.id).not.toBe(id);
    expect(withoutConsent(given, 'unknown', 2_000)).toBe(given);
  });
});
