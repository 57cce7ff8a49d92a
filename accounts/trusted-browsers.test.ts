import { describe, expect, test } from '@jest/globals';
import type { Key, Person, TrustedBrowser } from './person.ts';
import { settled, withTrustedBrowser, withoutTrustedBrowsers } from './trusted-browsers.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const key = (id: string, over: Partial<Key> = {}): Key => ({
  id,
  factor: 'toy',
  detail: '',
  status: 'active',
  boundAt: 1,
  source: 'enrolled',
  attempts: { count: 0, lastAt: 0 },
  ...over,
});
const person: Person = {
  ...blankAccount,
  id: 'p',
  username: 'an',
  password: { hash: 'h', peppered: true, setAt: 1 },
  keys: [key('a'), key('b')],
};
const browser = (id: string, grantedAt = 10): TrustedBrowser => ({
  id,
  hash: id,
  key: 'a',
  grantedAt,
  until: grantedAt + 100,
});
const trusting = withTrustedBrowser(person, browser('d'));

describe('A-081 changes that end the trust, in the same write', () => {
  test.each<[string, Partial<Person>, string | undefined]>([
    ['nothing', {}, undefined],
    ['a name', { username: 'ann' }, undefined],
    [
      'a key used, and a try counted',
      { keys: [key('a', { lastUsedAt: 5, sealed: 'x' }), key('b', { attempts: { count: 3, lastAt: 9 } })] },
      undefined,
    ],
    ['the password', { password: { hash: 'i', peppered: true, setAt: 50 } }, 'password'],
    ['a key off', { keys: [key('a'), key('b', { status: 'off', offAt: 60 })] }, 'keys'],
    [
      'a key blocked',
      { keys: [key('a', { status: 'blocked', attempts: { count: 99, lastAt: 70 } }), key('b')] },
      'keys',
    ],
    ['a key gone', { keys: [key('a')] }, 'keys'],
    ['a key new', { keys: [key('a'), key('b'), key('c', { boundAt: 80 })] }, 'keys'],
    ['a key replaced', { keys: [key('a'), key('c', { boundAt: 80 })] }, 'keys'],
    ['the account', { disabled: true }, 'disabled'],
  ])('%s', (_name, change, because) => {
    const after = settled(trusting, { ...trusting, ...change });
    expect(after.trustedBrowsers?.length).toBe(because === undefined ? 1 : undefined);
    const lines = after.pending.flatMap((item) => (item.kind === 'audit' ? [item.event] : []));
    expect(lines.filter(({ action }) => action === 'browser.revoked')).toEqual(
      because === undefined
        ? []
        : [
            {
              at: expect.any(Number),
              actor: 'system',
              action: 'browser.revoked',
              person: 'p',
              facts: { because, browsers: 1 },
            },
          ],
    );
  });

  test('signing out everywhere', () => {
    expect(withoutTrustedBrowsers(trusting, 'sign-out', 5).trustedBrowsers).toBeUndefined();
    expect(withoutTrustedBrowsers(person, 'sign-out', 5)).toBe(person);
  });
});

test('the newest ten are kept, without expired ones', () => {
  const many = Array.from({ length: 12 }, (_, at) => browser(`d${at}`, 10 + at)).reduce(withTrustedBrowser, person);
  expect(many.trustedBrowsers?.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, at) => `d${at + 2}`));
  expect(withTrustedBrowser(many, browser('late', 500)).trustedBrowsers?.map(({ id }) => id)).toEqual(['late']);
});
