import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createPeople, type People } from '../accounts/person-store.ts';
import { usualFor, withPlace } from '../accounts/usual-places.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import { movableClock } from '../time/clock.ts';
import { counting } from '../test/harness/storage-wrappers.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createPasswordChecks, type PasswordChecks } from './check-password.ts';
import { createGuessingNetworks } from './network-limits.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const now = 1_700_000_000_000;
const secretBox = createSecretBox(Buffer.alloc(32, 7));
const limits = { pauseAfter: 5, blockAfter: 50 };
let store: TemporaryStore;
let people: People;
let id: string;
let passwordChecks: PasswordChecks;
beforeEach(async () => {
  store = await temporaryStore(movableClock(now));
  people = createPeople({ storage: store.storage, secretBox });
  const added = await people.add({
    ...blankAccount,
    username: 'ada',
    email: { address: 'ada@example.org', verifiedAt: 1 },
    password: { hash: 'old', peppered: true, setAt: 1 },
  });
  if (!added.ok) throw new Error('There is such a person.');
  ({ id } = added.person);
  meanwhile = async () => {};
  first = [];
  passwordChecks = checks();
});
afterEach(() => store.close());

/** Runs while a password is being compared. */
let meanwhile: () => Promise<unknown>;
/** Whether each comparison, and its place in the queue, was for a known person. */
let first: (boolean | undefined)[] = [];
const checks = (storage = store.storage, perHour = 100, accounts = people) =>
  createPasswordChecks({
    people: accounts,
    passwords: {
      takesIn: async () => {},
      keepPlace(isFirst) {
        first.push(isFirst);
        return { leave: () => {} };
      },
      fault: async () => undefined,
      make: async (hash, setAt) => ({ hash, peppered: true, setAt }),
      async matches(stored, given, _now, wish) {
        first.push(wish?.first);
        await meanwhile();
        const right = stored?.hash === given || given === 'renew';
        return right && given === 'renew'
          ? { right, renewed: { hash: 'newer', peppered: true, setAt: 99 } }
          : { right };
      },
    },
    storage,
    secretBox,
    networks: createGuessingNetworks({ storage, perHour, onFull: () => {} }),
    limits,
    random: { bytes: (length) => randomBytes(length) },
  });
const given = (password: string) => ({ username: 'ada', password, from: '192.0.2.1', now });

test('A-245: a password that is changed during its comparison is wrong: the new one is never reported as proved', async () => {
  // An earlier wrong try, so that the right one removes itself by a write.
  expect(await passwordChecks.check(given('guess'))).toMatchObject({ kind: 'wrong' });
  meanwhile = () => people.change(id, (person) => ({ ...person, password: { hash: 'new', peppered: true, setAt: 2 } }));
  expect(await passwordChecks.check(given('old'))).toMatchObject({ kind: 'wrong', person: id });
});

test('A-245: another change of the account meanwhile changes nothing', async () => {
  expect(await passwordChecks.check(given('guess'))).toMatchObject({ kind: 'wrong' });
  meanwhile = () => people.change(id, (person) => ({ ...person, givenName: 'Ada' }));
  expect(await passwordChecks.check(given('old'))).toMatchObject({ kind: 'right', person: { password: { setAt: 1 } } });
});

const times = async (count: number, over: Partial<Parameters<PasswordChecks['check']>[0]> = {}) => {
  const kinds: string[] = [];
  for (let guess = 0; guess < count; guess += 1)
    kinds.push((await passwordChecks.check({ ...given('guess'), ...over })).kind);
  return kinds;
};
const fiveThenPaused = ['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'paused'];

test.each(['ada', 'nobody'])(
  '%s: five wrong passwords from one network, then a pause of half a minute',
  async (username) => {
    expect(await times(6, { username })).toEqual(fiveThenPaused);
    expect(await passwordChecks.check({ ...given('old'), username })).toEqual({ kind: 'paused', until: now + 30_000 });
    expect(await times(1, { username, from: '198.51.100.7' })).toEqual(['wrong']);
  },
);

test('the owner is told once that somebody must wait', async () => {
  const told = async () =>
    (await people.get(id))?.pending.filter(
      (one) => one.kind === 'message' && one.message.template === 'password_attempts',
    ).length;
  await times(4);
  expect(await told()).toBe(0);
  await times(1);
  expect(await told()).toBe(1);
  await times(5, { from: '198.51.100.7' });
  expect(await told()).toBe(1);
});

test('a right password of a disabled account says so, and a wrong one does not', async () => {
  await people.change(id, (person) => ({ ...person, disabled: true }));
  expect(await times(1)).toEqual(['wrong']);
  expect(await passwordChecks.check(given('old'))).toMatchObject({ kind: 'disabled', person: { id } });
});

test('a right password removes its own try alone, and renews its hash', async () => {
  await times(3);
  await passwordChecks.check(given('old'));
  const counts = async () => Object.values((await people.get(id))?.passwordAttempts ?? {}).map(({ count }) => count);
  expect(await counts()).toEqual([3]);
  expect(await passwordChecks.check(given('renew'))).toMatchObject({
    kind: 'right',
    person: { password: { hash: 'newer' } },
  });
  expect([await counts(), (await people.get(id))?.password]).toEqual([
    [3],
    { hash: 'newer', peppered: true, setAt: 1 },
  ]);
});

test('a right password that was the only try costs one write: that of the try', async () => {
  const counted = counting(await store.again());
  passwordChecks = checks(await store.again(), 100, createPeople({ storage: counted, secretBox }));
  expect(await passwordChecks.check(given('old'))).toMatchObject({ kind: 'right' });
  expect(counted.calls().by['people.replace']).toBe(1);
});

test('an account that is removed after its name was found is an unknown name', async () => {
  const found = async () => {
    const person = await people.get(id);
    return person && { ...person, id: 'gone' };
  };
  passwordChecks = checks(await store.again(), 100, { ...people, findByUsername: found });
  expect(await passwordChecks.check(given('old'))).toEqual({ kind: 'wrong' });
});

test('a hash is not renewed over a password that was set during the comparison', async () => {
  const password = { hash: 'new', peppered: true, setAt: 2 };
  meanwhile = () => people.change(id, (person) => ({ ...person, password }));
  expect(await passwordChecks.check(given('renew'))).toMatchObject({ kind: 'wrong' });
  expect((await people.get(id))?.password).toEqual(password);
});

describe('networks and known browsers', () => {
  const two = async () => checks(await store.again(), 2);

  test('wrong passwords count in their network, right ones do not; this machine is no network', async () => {
    passwordChecks = await two();
    for (let visit = 0; visit < 4; visit += 1)
      expect(await passwordChecks.check(given('old'))).toMatchObject({ kind: 'right' });
    expect(await times(3, { username: 'nobody' })).toEqual(['wrong', 'wrong', 'paused']);
    expect(await times(6, { from: '127.0.0.1' })).toEqual(fiveThenPaused);
  });

  /** A browser in which Ada has completed a sign-in. */
  async function known() {
    const right = await passwordChecks.check(given('old'));
    if (right.kind !== 'right' || right.token === undefined) throw new Error(right.kind);
    const { token, browser, source } = right;
    return {
      token,
      browser,
      source,
      complete: () => people.change(id, (person) => withPlace(person, { browser }, now)),
    };
  }

  test('a browser with a completed sign-in has its own tries, whatever its network does', async () => {
    passwordChecks = await two();
    const { token, browser, complete } = await known();
    await times(3, { username: 'nobody' });
    // The token alone proves nothing: the sign-in was not completed.
    expect(await times(1, { tokens: [token] })).toEqual(['paused']);
    await complete();
    first = [];
    expect(await times(6, { tokens: [token] })).toEqual(fiveThenPaused);
    expect(new Set(first)).toEqual(new Set([true]));
    expect(await times(1, { tokens: [token], now: now + usualFor })).toEqual(['wrong']);
    const later = { ...given('old'), tokens: [token], now: now + 3_600_000 };
    const right = await passwordChecks.check(later);
    expect(right).toMatchObject({ kind: 'right', browser });
    expect(right).not.toHaveProperty('token');
  });

  test('two dozen networks use up no tries of a known browser or of a usual network', async () => {
    const { token, source, complete } = await known();
    await complete();
    for (let index = 0; index < 40; index += 1) await times(6, { from: `203.0.113.${index}` });
    expect(await times(1, { from: '198.51.100.7' })).toEqual(['paused']);
    expect(await times(6, { tokens: [token], from: '198.51.100.7' })).toEqual(fiveThenPaused);
    await people.change(id, (person) => withPlace(person, { network: source }, now));
    // The right password of this network was one of its five.
    expect(await times(6)).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'paused', 'paused']);
  });

  test('a stranger is compared after known people', async () => {
    await times(1);
    expect(new Set(first)).toEqual(new Set([false]));
  });
});
