/** One request of a sign-in: whether its address opens it, and which facts it is judged with. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { AdapterPayload } from 'oidc-provider';
import { noEvidence } from '../factors/policy/standing.ts';
import { began, smallSignIn, type SmallSignIn } from '../test/harness/small-sign-in.ts';
import { loadContext } from './load-context.ts';
import { emptyState, type SignInState } from './sign-in-state.ts';

let signIn: SmallSignIn;
afterEach(() => signIn.close());
const begin = async (...of: Parameters<typeof smallSignIn>) => (signIn = await smallSignIn(...of));
const load = async (of?: Parameters<SmallSignIn['request']>[0], form?: Readonly<Record<string, string>>) => {
  const { ctx } = signIn.request(of);
  return { ctx, loaded: await loadContext(signIn.deps, ctx, form) };
};

describe('an address opens an open sign-in, in the browser that began it', () => {
  test.each<[string, Partial<AdapterPayload>, Parameters<SmallSignIn['request']>[0], string]>([
    ['no such sign-in', {}, { uid: 'gone' }, 'refuse 410 interaction_expired'],
    ['of another browser', {}, { cookies: 'other' }, 'refuse 403 interaction_foreign bank'],
    ['of a browser without cookies', {}, { cookies: 'none' }, 'refuse 403 cookies_missing bank'],
    ['for an application that is gone', { params: { client_id: 'gone' } }, {}, 'refuse 410 interaction_expired'],
  ])('%s: refused', async (_case, engine, of, expected) => {
    await begin(engine);
    expect((await load(of)).loaded).toBeUndefined();
    expect(signIn.framed).toEqual([expected]);
  });

  test('one that has ended leads on to its end', async () => {
    await begin({ result: { login: { accountId: 'ada' } } });
    const { ctx, loaded } = await load();
    expect(loaded).toBeUndefined();
    expect(ctx).toMatchObject({ status: 303, location: 'http://localhost/auth/uid' });
    expect(signIn.framed).toEqual([]);
  });

  test('a page remembers the service, an answer does not', async () => {
    await begin();
    await load({ method: 'POST' });
    expect(signIn.framed).toEqual([]);
    await load({ method: 'GET' });
    expect(signIn.framed).toEqual(['keepService bank']);
  });
});

describe('the facts', () => {
  test('at the start: what the request asks for, and nobody', async () => {
    await begin({ params: { client_id: 'bank', login_hint: 'ada', acr_values: 'acr-3' } });
    const { loaded } = await load();
    const { uid, now, language, order, level, state, person } = loaded?.context ?? {};
    expect({ uid, now, language, order, level, state, person }).toEqual({
      uid: 'uid',
      now: began,
      language: 'nl',
      // The level of the application alone decides it: it accepts a password.
      order: 'name-first',
      level: 'substantial',
      state: { ...emptyState, username: 'ada' },
      person: undefined,
    });
    expect(loaded?.facts).toMatchObject({ relyingParty: 'The bank', base: '/interaction/uid', sendEvery: 60_000 });
  });

  test('the page is in the language that the application asks for', async () => {
    await begin({ params: { client_id: 'bank', ui_locales: 'fr de' } });
    const { loaded } = await load();
    expect(loaded?.context.language).toBe('fr');
    expect(loaded?.facts.language).toBe('fr');
  });

  const live = {
    session: { accountId: 'ada', uid: '', cookie: '' },
    prompt: {
      name: 'login',
      reasons: ['action_asked'],
      details: {
        browser: 'digest',
        startedAt: began,
        rests: {
          ...noEvidence,
          password: { at: began, setAt: 1 },
          keys: [{ key: 'app-key', factor: 'app', assurance: { strength: 'substantial', amr: ['otp'] }, at: began }],
        },
      },
    },
  };
  test('an action begins with its first step where the session has just proved enough', async () => {
    await begin({ ...live, params: { client_id: 'bank', rekey_action: 'add-key' } });
    const { loaded } = await load();
    expect(loaded?.facts.forAction).toBe(true);
    expect(loaded?.context.state.wizard).toBeDefined();
  });

  test('without an action no step is begun before the page is answered', async () => {
    await begin(live);
    const { loaded } = await load();
    expect(loaded?.facts.forAction).toBeUndefined();
    expect(loaded?.context.state.wizard).toBeUndefined();
  });

  test('a step-up begins with the account and the proofs of the live session', async () => {
    const rests = { ...noEvidence, password: { at: 5, setAt: 1 } };
    await begin({
      session: { accountId: 'ada', uid: '', cookie: '' },
      prompt: { name: 'login', reasons: ['acr_too_low'], details: { browser: 'digest', startedAt: began, rests } },
    });
    expect((await load()).loaded?.context).toMatchObject({
      state: { person: 'ada', passwordAt: 5, passwordSetAt: 1, sessionKeys: [] },
      person: { id: 'ada' },
    });
  });

  const proved: SignInState = { ...emptyState, person: 'ada', username: 'ada', passwordAt: 5, passwordSetAt: 1 };
  test.each<[string, SignInState, Parameters<typeof smallSignIn>[1], SignInState]>([
    ['proofs that count', proved, {}, proved],
    [
      'a password that was changed since: the sign-in begins again',
      proved,
      { over: { password: { hash: '', peppered: true, setAt: 2 } } },
      { ...emptyState, username: 'ada' },
    ],
    [
      'sessions that were all ended since: the sign-in begins again',
      { ...proved, sessionsEnded: 0 },
      { over: { sessionsEnded: 1 } },
      { ...emptyState, username: 'ada' },
    ],
    ['an account that is gone', { ...proved, person: 'gone' }, {}, { ...proved, person: 'gone' }],
  ])('%s', async (_case, stored, account, state) => {
    await begin({}, account);
    await signIn.saveElsewhere(stored);
    const { loaded } = await load();
    expect(loaded?.context.state).toEqual(state);
    expect(loaded?.context.person?.id).toBe(state.person === 'ada' ? 'ada' : undefined);
  });

  test('a state that was sealed for another sign-in is none: the sign-in begins again', async () => {
    await begin();
    const stored = await signIn.interactions.read('uid');
    if (!stored) throw new Error('There is no sign-in.');
    const foreign = signIn.deps.seal(proved, 'other');
    await signIn.interactions.replace(stored, { ...stored.value, state: foreign }, began + 9_000);
    expect((await load()).loaded?.context.state).toEqual(emptyState);
  });
});

describe('the account is read again, unless its cached copy is the one that the last step saw', () => {
  const answer = { action: 'continue' };
  test.each<[string, boolean, Parameters<typeof load>, number]>([
    ['a page', true, [{ method: 'GET' }], 0],
    ['a page, after another version', false, [{ method: 'GET' }], 1],
    ['the proof of a key', true, [{ method: 'POST', step: 'prove-key' }, answer], 0],
    ['another button beside it', true, [{ method: 'POST', step: 'prove-key' }, { action: 'again' }], 1],
    ['an answer of another step', true, [{ method: 'POST', step: 'password' }, answer], 1],
  ])('%s', async (_case, isLatest, of, reads) => {
    await begin();
    const version = signIn.people.seen('ada')?.version ?? '';
    const personVersion = isLatest ? version : 'before';
    await signIn.saveElsewhere({ ...emptyState, person: 'ada', passwordAt: 5, passwordSetAt: 1, personVersion });
    signIn.store.reset();
    expect((await load(...of)).loaded?.context.person?.id).toBe('ada');
    expect(signIn.store.calls().by['people.get'] ?? 0).toBe(reads);
  });
});
