/** Judging the answer of a key, on a real store: what is refused, what counts as a try, and what a success writes. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createPeople, type People } from '../accounts/person-store.ts';
import type { AuditEvent, Key, Person } from '../accounts/person.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import { factorTools } from '../test/harness/factor-tools.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { defineFactor, type Factor, type Input, type Strength } from '../factors/contract.ts';
import type { Asked, Occasion } from './occasion.ts';
import type { EffectiveSchedule } from '../factors/policy/types.ts';
import { createSealing } from './seal-state.ts';
import { createVerifyKey } from './verify-key.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const now = 1_700_000_000_000;
const sealing = createSealing(createSecretBox(Buffer.alloc(32, 7)));
const secretState = z.strictObject({ name: z.string(), left: z.int().min(0), until: z.int().optional() });
const challengeState = z.strictObject({ length: z.int() });

/** Runs while an answer is being compared. */
let meanwhile: () => Promise<unknown>;
const never = () => Promise.reject(new Error('Not part of these tests.'));
/** Codes that are used up; the code names the strength of its proof. */
const bare = defineFactor({
  id: 'bare',
  settings: z.strictObject({}),
  states: { secret: secretState, pending: z.strictObject({}), challenge: challengeState },
  traits: { many: true, selfService: true, script: false },
  begin: never,
  confirm: never,
  challenge: async () => ({ ok: true, value: { challenge: { length: 12 }, shows: {} } }),
  async verify(_tools, secret, _challenge, { code = '' }) {
    await meanwhile();
    const strength = z.enum(['low', 'substantial', 'high']).safeParse(code);
    if (!strength.success) return { ok: false, reason: 'code_wrong' };
    return { ok: true, value: { secret: { ...secret, left: secret.left - 1 }, facts: strength.data } };
  },
  strength: () => 'high',
  assure: (strength: Strength) => ({
    amr: ['otp'],
    strength,
    possession: true,
    userVerified: false,
    hardware: false,
    phishingResistant: false,
    otherChannel: false,
  }),
  health: ({ name, left, until }, at) =>
    name === 'used up'
      ? { kind: 'exhausted' }
      : until !== undefined
        ? until - at > 1000
          ? { kind: 'healthy', until }
          : { kind: 'renew-soon', until }
        : left > 2
          ? { kind: 'healthy' }
          : { kind: 'renew-soon', left },
  describe: ({ left }) => ({ detail: `${left} left` }),
});
const slips: Factor = {
  ...bare,
  id: 'slips',
  select(secrets, { name }) {
    const at = secrets.findIndex((secret) => secretState.parse(secret).name === name);
    return at === -1 ? undefined : at;
  },
  wellFormed: (_secret, challenge, { code = '' }) => code.length <= challengeState.parse(challenge).length,
};
const plain: Factor = { ...bare, id: 'plain', traits: { ...bare.traits, fallback: true } };

let store: TemporaryStore;
let people: People;
let schedule: Partial<EffectiveSchedule> | undefined;
let noted: AuditEvent[];
let alarms: unknown[];
beforeAll(async () => {
  store = await temporaryStore();
  people = createPeople({ storage: store.storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
});
afterAll(() => store.close());
beforeEach(() => {
  meanwhile = async () => {};
  schedule = undefined;
  noted = [];
  alarms = [];
});
const verifier = () =>
  createVerifyKey({
    people,
    registry: { get: (id) => [slips, plain].find((factor) => factor.id === id) },
    sealing,
    limits: { pauseAfter: 3, blockAfter: 5, sendEverySeconds: 60, sendPerHour: 10, sendPerDay: 10 },
    sendMessages: async () => ({ ok: true, value: [] }),
    // Only the fields that are read.
    scheduleOf: async () => schedule as EffectiveSchedule | undefined,
    toolsFor: () => factorTools({}, now),
    note: (event) => noted.push(event),
    alarm: (alarm) => alarms.push(alarm),
  });

let accounts = 0;
const sealed = (person: string, id: string, left = 9, name = id) => sealing.sealKey(slips, person, id, { name, left });
function keyOf(person: string, id: string, over: Partial<Key> = {}): Key {
  return {
    id,
    factor: 'slips',
    detail: '',
    status: 'active',
    strength: 'low',
    boundAt: 1,
    source: 'enrolled',
    attempts: { count: 0, lastAt: 0 },
    sealed: sealed(person, id),
    ...over,
  };
}
/** An account with the keys `other` and `mine`. */
async function newPerson(mine: Partial<Key> = {}, over: Partial<Person> = {}): Promise<Person> {
  const id = `person-${(accounts += 1)}`;
  const added = await people.add({
    ...blankAccount,
    id,
    username: id,
    email: { address: 'an@example.org', verifiedAt: 1 },
    keys: [keyOf(id, 'other'), keyOf(id, 'mine', mine)],
    ...over,
  });
  if (!added.ok) throw new Error(added.taken);
  return added.person;
}
const occasion: Occasion = { interaction: 'uid', client: 'bank', language: 'nl', purpose: 'sign-in' };
const asked: Asked = {
  key: 'mine',
  factor: 'slips',
  sealed: sealing.sealState(slips, 'challenge', 'uid', { length: 12 }),
  shows: {},
  detail: '',
  messages: [],
};
const answer = (person: Person, input: Input, over: Partial<Asked> = {}, at: Partial<Occasion> = {}) =>
  verifier().verify(person.id, { ...asked, ...over }, input, { ...occasion, ...at });
const keyIn = async ({ id }: Person, key = 'mine') => (await people.get(id))?.keys.find((one) => one.id === key);
/** Messages to the person, and audit events, that wait for the relay. */
const pendingOf = async ({ id }: Person) =>
  (await people.get(id))?.pending.map((item) =>
    item.kind === 'message' ? item.message.template : item.kind === 'audit' ? item.event.action : item.kind,
  );

interface Case {
  readonly key?: Partial<Key>;
  readonly person?: Partial<Person>;
  readonly asked?: Partial<Asked>;
  readonly input?: Input;
  readonly dates?: Partial<EffectiveSchedule>;
  readonly purpose?: Occasion['purpose'];
  readonly reason: string;
  readonly until?: number;
}
const fails = (count: number, ago = 86_400_000) => ({ attempts: { count, lastAt: now - ago } });
const ended: Partial<EffectiveSchedule> = { status: 'sunset', after: 're-enrol' };

describe('refused before a try is counted', () => {
  test.each<[string, Case]>([
    ['a disabled account', { person: { disabled: true }, reason: 'key_not_held_or_expired' }],
    ['a key that is off', { key: { status: 'off' }, reason: 'key_not_held_or_expired' }],
    ['a key that is blocked', { key: { status: 'blocked' }, reason: 'key_blocked' }],
    ['a key that must wait', { key: fails(3, 10_000), reason: 'attempts_paused', until: now + 20_000 }],
    ['a key with all failures that are permitted', { key: fails(5), reason: 'key_blocked' }],
    ['a newer code was sent', { key: { codeAt: 6 }, asked: { sentAt: 5 }, reason: 'code_replaced' }],
    ['no answer at all', { input: { code: 'much too long' }, reason: 'code_malformed' }],
  ])('%s', async (_case, { key, person, asked: over, input = { code: 'low' }, reason, until }) => {
    const account = await newPerson(key, person);
    const before = await keyIn(account);
    expect(await answer(account, input, over)).toEqual({
      ok: false,
      reason,
      ...(until === undefined ? {} : { until }),
    });
    expect(await keyIn(account)).toEqual(before);
    expect(noted).toEqual([
      {
        at: now,
        actor: account.id,
        person: account.id,
        action: 'key.refused',
        factor: 'slips',
        key: 'mine',
        client: 'bank',
        reason,
      },
    ]);
  });

  test('an account that is gone, and a factor that is switched off', async () => {
    const account = await newPerson();
    const refused = { ok: false, reason: 'key_not_held_or_expired' };
    expect(await answer({ ...account, id: 'nobody' }, { code: 'low' })).toEqual(refused);
    expect(await answer(account, { code: 'low' }, { factor: 'gone' })).toEqual(refused);
  });
});

describe('refused, and counted on this key alone', () => {
  const altered = { sealed: `${asked.sealed}x` };
  const long = { code: 'much too long' };
  test.each<[string, Case]>([
    ['a wrong answer', { input: { code: 'wrong' }, reason: 'code_wrong' }],
    ['the last wrong answer blocks it', { key: fails(4), input: { code: 'wrong' }, reason: 'key_blocked' }],
    ['after its last day', { dates: ended, reason: 'key_not_held_or_expired' }],
    ['the last try, after its last day', { key: fails(4), dates: ended, reason: 'key_not_held_or_expired' }],
    ['a code that has just expired', { asked: { expiresAt: now }, reason: 'code_expired' }],
    ['an altered challenge', { asked: altered, reason: 'key_state_unreadable' }],
    ['an altered challenge, whatever is answered', { asked: altered, input: long, reason: 'key_state_unreadable' }],
    ['an altered key, whatever is answered', { key: { sealed: 'x' }, input: long, reason: 'key_state_unreadable' }],
  ])('%s', async (_case, { key, asked: over, input = { code: 'low' }, dates, reason }) => {
    const account = await newPerson(key);
    schedule = dates;
    expect(await answer(account, input, over)).toEqual({ ok: false, reason });
    const count = (key?.attempts?.count ?? 0) + 1;
    expect(await keyIn(account)).toMatchObject({ attempts: { count }, status: count === 5 ? 'blocked' : 'active' });
    expect((await keyIn(account, 'other'))?.attempts.count).toBe(0);
    expect(noted.map((event) => event.reason)).toEqual([reason]);
  });

  test('a key without a secret', async () => {
    const account = await newPerson();
    await people.change(account.id, (person) => ({
      ...person,
      keys: person.keys.map(({ sealed: _sealed, ...key }) => key),
    }));
    expect(await answer(account, { code: 'low' })).toEqual({ ok: false, reason: 'key_not_held_or_expired' });
  });

  test('the operator is told of half of the failures of thirty days', async () => {
    const day = String(Math.floor(now / 86_400_000) - 1);
    const account = await newPerson({ attempts: { count: 0, lastAt: 0, days: { [day]: 49 } } });
    await answer(account, { code: 'wrong' });
    expect(alarms).toEqual([
      { level: 'warn', facts: { event: 'key.guessed', factor: 'slips', key: 'mine', failuresIn30Days: 50 } },
    ]);
  });
});

describe('the right answer', () => {
  test.each<[string, Case['dates'] | undefined, Occasion['purpose'], boolean]>([
    ['without dates', undefined, 'sign-in', true],
    ['before its last day', { status: 'closed' }, 'sign-in', true],
    ['after its last day, to replace it', ended, 're-enrolment', true],
    ['after its last day, where it permits nothing', { ...ended, after: 'refuse' }, 're-enrolment', false],
  ])('%s', async (_case, dates, purpose, ok) => {
    const account = await newPerson();
    schedule = dates;
    expect((await answer(account, { code: 'low' }, { expiresAt: now + 1 }, { purpose })).ok).toBe(ok);
  });

  test('writes the next state, clears the failures of the key and of its place, and returns account and proof', async () => {
    const attempt = { count: 1, lastAt: 1 };
    const account = await newPerson(fails(4), { passwordAttempts: { here: attempt, there: attempt } });
    await people.change(account.id, (person) => ({
      ...person,
      keys: person.keys.map((key) => ({ ...key, askedAt: 1, codeAt: 7 })),
    }));
    const place = { passwordFrom: 'here', passwordBrowser: 'laptop' };
    const judged = await answer(account, { code: 'high' }, { sentAt: 7 }, place);
    const stored = await people.get(account.id);
    expect(judged).toMatchObject({
      ok: true,
      value: { proof: { key: 'mine', factor: 'slips', at: now, assurance: { strength: 'high' } } },
    });
    expect(judged.ok && judged.value.person).toEqual(stored);
    const { sealed: state = '', ...key } = (await keyIn(account)) ?? keyOf('', '');
    expect(key).toEqual({
      id: 'mine',
      factor: 'slips',
      detail: '8 left',
      status: 'active',
      strength: 'high',
      boundAt: 1,
      source: 'enrolled',
      codeAt: 7,
      lastUsedAt: now,
      attempts: { count: 0, lastAt: 0 },
    });
    expect(sealing.openKey(slips, account.id, 'mine', state)).toEqual({ name: 'mine', left: 8 });
    expect(await keyIn(account, 'other')).toMatchObject({ detail: '', askedAt: 1 });
    expect(Object.keys(stored?.passwordAttempts ?? {})).toEqual(['there']);
    expect(stored?.usual).toEqual({ networks: [{ id: 'here', at: now }], browsers: [{ id: 'laptop', at: now }] });
    expect(noted).toEqual([]);
  });

  test.each([
    ['many uses are left', slips, 9, ['key.proved']],
    ['few uses are left now', slips, 3, ['key.proved', 'key_low']],
    ['few uses were left before', slips, 2, ['key.proved']],
    ['of a fallback', plain, 9, ['key.proved', 'key_used']],
    ['of a fallback of which few uses are left now', plain, 3, ['key.proved', 'key_low']],
  ])('what the person is told: %s', async (_case, { id: factor }, left, expected) => {
    const account = await newPerson();
    await people.change(account.id, (person) => ({
      ...person,
      keys: person.keys.map((key) => ({ ...key, factor, sealed: sealed(person.id, key.id, left) })),
    }));
    // Without `select` and `wellFormed`, further keys and long answers are no matter.
    const judged = await answer(
      account,
      { code: 'low', name: 'other' },
      { factor, among: factor === 'plain' ? ['other'] : [] },
    );
    expect(judged).toMatchObject({ ok: true, value: { proof: { key: 'mine' } } });
    expect(await pendingOf(account)).toEqual(expected);
  });

  test('a factor that judges no form counts every answer', async () => {
    const account = await newPerson({ factor: 'plain' });
    expect(await answer(account, { code: 'much too long' }, { factor: 'plain' })).toEqual({
      ok: false,
      reason: 'code_wrong',
    });
  });
});

describe('of several challenged keys, the one that the answer names is judged', () => {
  test.each<[string, string, readonly string[], string]>([
    ['the challenged one', 'mine', ['off', 'other'], 'mine'],
    ['another one', 'other', ['other'], 'other'],
    ['another one, after a key that is off and one that cannot be read', 'other', ['off', 'broken', 'other'], 'other'],
    ['one that was not challenged', 'other', ['third'], 'mine'],
    ['none', 'nobody', ['other'], 'mine'],
  ])('%s', async (_case, name, among, expected) => {
    const account = await newPerson();
    await people.change(account.id, (person) => ({
      ...person,
      keys: [
        ...person.keys,
        keyOf(person.id, 'off', { status: 'off' }),
        keyOf(person.id, 'broken', { sealed: 'x' }),
        keyOf(person.id, 'third'),
      ],
    }));
    expect(await answer(account, { code: 'low', name }, { among })).toMatchObject({
      ok: true,
      value: { proof: { key: expected } },
    });
  });
});

describe('an answer counts once, and not if the account was changed while it was compared', () => {
  const withMine = (person: Person, mine: Partial<Key>) => ({
    ...person,
    keys: person.keys.map((key) => (key.id === 'mine' ? { ...key, ...mine } : key)),
  });
  test.each<[string, (person: Person) => Person]>([
    ['the key was taken away', (person) => ({ ...person, keys: person.keys.filter(({ id }) => id !== 'mine') })],
    ['the key was switched off', (person) => withMine(person, { status: 'off' })],
    ['the same answer was used', (person) => withMine(person, { sealed: sealed(person.id, 'mine', 8) })],
    ['the account was disabled', (person) => ({ ...person, disabled: true })],
    ['a newer code was sent', (person) => withMine(person, { codeAt: 6 })],
  ])('%s', async (_case, change) => {
    const account = await newPerson({ codeAt: 5 });
    meanwhile = () => people.change(account.id, change);
    expect(await answer(account, { code: 'low' }, { sentAt: 5 })).toEqual({ ok: false, reason: 'code_used' });
    expect(await pendingOf(account)).not.toContain('key.proved');
    expect(noted.map(({ reason }) => reason)).toEqual(['code_used']);
  });

  test('wrong answers at the same moment, which block the key, do not undo a right one', async () => {
    const account = await newPerson();
    meanwhile = () => people.change(account.id, (person) => withMine(person, { status: 'blocked' }));
    expect(await answer(account, { code: 'low' })).toMatchObject({ ok: true });
    expect(await keyIn(account)).toMatchObject({ status: 'active' });
  });
});

describe('A-473 a key with an end', () => {
  const dated = (person: string, until: number) =>
    sealing.sealKey(slips, person, 'mine', { name: 'mine', left: 9, until });
  const withEnd = async (until: number) => {
    const account = await newPerson();
    await people.change(account.id, (person) => ({
      ...person,
      keys: person.keys.flatMap((key) => (key.id === 'mine' ? { ...key, sealed: dated(person.id, until) } : [])),
    }));
    return account;
  };

  test.each([
    ['one ms before its end', 1, true],
    ['at its end', 0, false],
    ['after it', -1, false],
  ])('%s', async (_case, left, ok) => {
    const account = await withEnd(now + left);
    expect(await answer(account, { code: 'low' })).toMatchObject(ok ? { ok } : { ok, reason: 'key_expired' });
    const current = await people.get(account.id);
    if (!current) throw new Error('The account is gone.');
    const asking = await verifier().challenge(current, 'mine', occasion);
    expect(asking).toMatchObject(ok ? { ok, value: { worksUntil: now + left } } : { ok, reason: 'key_expired' });
  });

  test.each([
    ['healthy', 2000, ['key.proved']],
    ['to be renewed, for the first time', 500, ['key.proved', 'key_ends']],
  ])('the mail leaves with the first proof after which it must be renewed: %s', async (_case, left, expected) => {
    const account = await withEnd(now + left);
    const told = async () => (await pendingOf(account))?.filter((each) => each.startsWith('key')).toSorted();
    expect(await answer(account, { code: 'low' })).toMatchObject({ ok: true });
    expect(await told()).toEqual(expected.toSorted());
    expect(await answer(account, { code: 'low' })).toMatchObject({ ok: true });
    expect(await told()).toEqual([...expected, 'key.proved'].toSorted());
  });

  test('a wrong answer to it is not compared: the key has ended', async () => {
    expect(await answer(await withEnd(now), { code: 'wrong' })).toMatchObject({ ok: false, reason: 'key_expired' });
  });
});

test.each([
  ['right', 'low', 'key_exhausted'],
  ['wrong', 'wrong', 'code_wrong'],
])('a %s answer to a key that is used up', async (_case, code, reason) => {
  const account = await newPerson();
  await people.change(account.id, (person) => ({
    ...person,
    keys: person.keys.map((key) => ({ ...key, sealed: sealed(person.id, key.id, 9, 'used up') })),
  }));
  expect(await answer(account, { code })).toMatchObject({ ok: false, reason });
});

test('A-470 a next state that its own schema does not read: a fault, no success, and no try', async () => {
  const account = await newPerson();
  await people.change(account.id, (person) => ({
    ...person,
    keys: person.keys.map((key) => ({ ...key, sealed: sealed(person.id, key.id, 0, key.id) })),
  }));
  const before = await people.get(account.id);
  await expect(answer(account, { code: 'low' })).rejects.toThrow(
    'The factor slips gave a secret state that its own schema (states.secret) does not read: left (too_small).',
  );
  expect(await people.get(account.id)).toEqual(before);
});
