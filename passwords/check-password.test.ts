import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createPeople, type People } from '../accounts/person-store.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import { movableClock } from '../time/clock.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createPasswordChecks, type PasswordChecks } from './check-password.ts';
import { createGuessingNetworks } from './network-limits.ts';

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
    username: 'ada',
    language: 'nl',
    groups: [],
    disabled: false,
    createdAt: 1,
    password: { hash: 'old', peppered: true, setAt: 1 },
    passwordAttempts: {},
    otherAttempts: {},
    keys: [],
    postponements: {},
    sendings: [],
    pending: [],
  });
  if (!added.ok) throw new Error('There is such a person.');
  ({ id } = added.person);
  meanwhile = async () => {};
  passwordChecks = checks();
});
afterEach(() => store.close());

/** Runs while a password is being compared. */
let meanwhile: () => Promise<unknown>;
const checks = () =>
  createPasswordChecks({
    people,
    passwords: {
      takesIn: async () => {},
      keepPlace: () => ({ leave: () => {} }),
      fault: async () => undefined,
      make: async (hash, setAt) => ({ hash, peppered: true, setAt }),
      async matches(stored, given) {
        await meanwhile();
        return { right: stored?.hash === given };
      },
    },
    storage: store.storage,
    secretBox,
    networks: createGuessingNetworks({ storage: store.storage, perHour: 100, onFull: () => {} }),
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
