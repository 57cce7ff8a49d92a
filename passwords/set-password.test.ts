import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createPeople, type People } from '../accounts/person-store.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import { movableClock } from '../time/clock.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createSlowHash } from './argon2.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { createSetPassword, type NewPassword } from './set-password.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const now = 1_700_000_000_000;
const secretBox = createSecretBox(Buffer.alloc(32, 7));
let store: TemporaryStore;
let people: People;
let passwords: Passwords;
let id: string;
beforeEach(async () => {
  store = await temporaryStore(movableClock(now));
  people = createPeople({ storage: store.storage, secretBox });
  passwords = createPasswords({
    secretBox,
    hash: createSlowHash(),
    rules: { minimumLength: 8, contextWords: ['Rekey'] },
  });
  const added = await people.add({
    ...blankAccount,
    username: 'ada',
    email: { address: 'ada@example.org', verifiedAt: 1 },
    password: { hash: 'old', peppered: true, setAt: 1 },
    passwordPermit: { id: 'x', at: 1, until: now + 1, by: 'desk' },
    trustedBrowsers: [{ id: 'd', hash: 'h', key: 'k', grantedAt: 1, until: now + 1 }],
  });
  if (!added.ok) throw new Error('There is such a person.');
  ({ id } = added.person);
});
afterEach(() => store.close());

const set = (over: Partial<NewPassword> = {}) =>
  createSetPassword({ people, passwords })(id, {
    password: 'a new sentence',
    because: 'change',
    client: 'rp',
    now,
    may: () => true,
    ...over,
  });

test('A-443: one write: the password, the end of sessions and browsers, the permit, the mail and the audit event', async () => {
  const { ok } = await set();
  const person = await people.get(id);
  expect(ok).toBe(true);
  expect(person).toMatchObject({ sessionsEnded: 1, password: { peppered: true, setAt: now } });
  expect([person?.trustedBrowsers ?? [], person?.passwordPermit]).toEqual([[], undefined]);
  expect((await passwords.matches(person?.password, 'a new sentence', now)).right).toBe(true);
  const pending = person?.pending.map((item) => (item.kind === 'audit' ? item.event : item));
  expect(pending).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ action: 'password.changed', actor: id, client: 'rp', facts: { because: 'change' } }),
      expect.objectContaining({ action: 'browser.revoked' }),
      expect.objectContaining({
        kind: 'message',
        message: expect.objectContaining({ template: 'password_changed', to: 'ada@example.org', language: 'nl' }),
      }),
      expect.objectContaining({ kind: 'sessions', all: true }),
    ]),
  );
});

test('A-005: the password is the same in either Unicode form', async () => {
  await set({ password: 'Ame\u0301lie et Zoe\u0308' });
  expect((await passwords.matches((await people.get(id))?.password, 'Am\u00e9lie et Zo\u00eb', now)).right).toBe(true);
});

test.each([
  ['1234567', 'password_too_short'],
  ['12345678', 'password_too_common'],
  ['ADA@example.org', 'password_too_common'],
  ['x'.repeat(257), 'password_too_long'],
])('A-443: %s is refused, and nothing changes', async (password, reason) => {
  const before = await people.get(id);
  expect(await set({ password })).toEqual({ ok: false, reason });
  expect(await people.get(id)).toEqual(before);
});

test('A-443: the account is judged at the write', async () => {
  const before = await people.get(id);
  expect(await set({ may: () => false })).toEqual({ ok: false, reason: 'proof_too_old' });
  expect(await people.get(id)).toEqual(before);
  await people.change(id, (person) => ({ ...person, disabled: true }));
  expect(await set()).toEqual({ ok: false, reason: 'account_disabled' });
});
