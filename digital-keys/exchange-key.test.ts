import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { Key, Person } from '../accounts/person.ts';
import { noAttempts, raisedByDay } from '../passwords/attempt-limits.ts';
import { purposeOf } from './attempt-counter.ts';
import type { Factor } from '../factors/contract.ts';
import { exchangeKey, type KeyExchange } from './exchange-key.ts';
import { createKeyChanges } from './key-changes.ts';
import { loadFactors } from '../factors/registry.ts';
import { createSealing } from './seal-state.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const registry = await loadFactors([join(import.meta.dirname, '../factors')]);
const [mail, many, fallback] = [
  registry.get('email-otp'),
  registry.get('authenticator-app'),
  registry.all().find(({ traits }) => traits.fallback),
].map((factor) => factor && { ...factor, states: { ...factor.states, secret: z.looseObject({}) } });
if (!mail || !many || !fallback) throw new Error('There is no such factor.');
const changes = createKeyChanges({
  sealing: createSealing(createSecretBox(Buffer.alloc(32, 7))),
  newId: () => 'new',
  strengthOf: () => 'high',
});
const now = 1_000_000;

const key = (id: string, factor: string, status: Key['status'] = 'active'): Key => ({
  id,
  factor,
  status,
  sealed: 'sealed',
  detail: '',
  strength: 'substantial',
  boundAt: 1,
  source: 'enrolled',
  attempts: noAttempts,
});
const account = (keys: readonly Key[], over: Partial<Person> = {}): Person => ({
  ...blankAccount,
  id: 'an',
  username: 'an.peeters',
  email: { address: 'an@example.org', verifiedAt: 1 },
  keys,
  ...over,
});
const exchange = (before: Person, factor: Factor, over: Partial<KeyExchange> = {}) => {
  const secret = factor === mail ? { address: 'an@example.org' } : {};
  const assurance = {
    strength: 'substantial',
    possession: true,
    userVerified: false,
    hardware: false,
    phishingResistant: false,
    otherChannel: false,
    amr: ['otp'],
  } as const;
  return exchangeKey(changes, before, { proven: { factor, secret, assurance, audit: {} }, ...over }, now);
};
const standing = (person: Person | undefined) =>
  person?.keys.filter(({ status }) => status !== 'off').map(({ id }) => id);

test('old key off, new key on, audit events, mails, cleared tries and a used permit are one account', () => {
  const purpose = purposeOf(mail.id);
  const before = account([key('old', 'card'), key('other', 'sms')], {
    otherAttempts: { [purpose]: raisedByDay(noAttempts, now) },
    codes: { [purpose]: 'sent', email: 'stays' },
    permit: { id: 'permit', at: 1, until: now + 1, by: 'cli:jan' },
  });
  const { account: after, result } = exchange(before, mail, { replaces: 'old' });
  expect(result).toBe('new');
  expect(standing(after)).toEqual(['other', 'new']);
  const off = after?.keys.find(({ id }) => id === 'old');
  expect([off?.offBecause, off?.sealed]).toEqual(['replaced', undefined]);
  const told = after?.pending.flatMap((item) =>
    item.kind === 'message' ? item.message.template : item.kind === 'audit' ? item.event.action : [],
  );
  expect(told).toEqual(['key.off', 'key_off', 'key.on', 'key_on', 'permit.used']);
  expect(after?.otherAttempts[purpose]?.count ?? 0).toBe(0);
  expect(after?.codes).toEqual({ email: 'stays' });
  expect(after?.permit).toBeUndefined();
});

test.each([
  ['the account is disabled', account([key('old', 'card')], { disabled: true }), { replaces: 'old' }],
  ['the old key was blocked meanwhile', account([key('old', 'card', 'blocked')]), { replaces: 'old' }],
  ['the old key was switched off meanwhile', account([key('old', 'card', 'off')]), { replaces: 'old' }],
  [
    'there is an active key of the factor already',
    account([key('mail', mail.id), key('old', 'card')]),
    { replaces: 'old' },
  ],
  ['a further key of a factor that allows one', account([key('mail', mail.id)]), {}],
])('nothing is changed where %s', (_why, before, over) => {
  expect(exchange(before, mail, over)).toEqual({ result: undefined });
});

test('A-694 of a factor that permits several an account holds twenty, blocked ones too; one that is replaced makes room', () => {
  const keys = (count: number) =>
    Array.from({ length: count }, (_, at) => key(`k${at}`, many.id, at === 0 ? 'blocked' : 'active'));
  expect(exchange(account([...keys(19), key('gone', many.id, 'off')]), many).result).toBe('new');
  expect(exchange(account([...keys(20), key('other', 'card')]), many)).toEqual({ result: undefined });
  expect(exchange(account(keys(20)), many, { replaces: 'k7' }).result).toBe('new');
});

test('a further key leaves the others as they are; its name is kept where there may be several', () => {
  const further = exchange(account([key('old', 'card')]), mail, { label: 'Phone' });
  expect(standing(further.account)).toEqual(['old', 'new']);
  expect(further.account?.keys.find(({ id }) => id === 'new')?.label).toBeUndefined();
  const second = exchange(account([key('first', many.id)]), many, { label: 'Phone' });
  expect(standing(second.account)).toEqual(['first', 'new']);
  expect(second.account?.keys.find(({ id }) => id === 'new')?.label).toBe('Phone');
});

test('a fallback is renewed as a further key; where the person has one already it replaces no other key', () => {
  const before = account([key('codes', fallback.id), key('old', 'card')]);
  expect(standing(exchange(before, fallback).account)).toEqual(['old', 'new']);
  expect(exchange(before, fallback, { replaces: 'old' })).toEqual({ result: undefined });
});
