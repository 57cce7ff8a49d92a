/** Judging the answer of a key, on a real store: what is refused, what counts as a try, and what a success writes. */
import { describe, expect, test } from '@jest/globals';
import type { Occasion } from './occasion.ts';
import {
  withVerifier,
  now,
  sealing,
  scene,
  slips,
  plain,
  people,
  noted,
  alarms,
  sealed,
  keyOf,
  newPerson,
  asked,
  answer,
  keyIn,
  pendingOf,
  fails,
  ended,
  type Case,
} from '../test/harness/small-verifier.ts';

withVerifier();

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
    scene.schedule = dates;
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
    scene.schedule = dates;
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
