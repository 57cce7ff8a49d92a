/** The end of one answer: the sign-in is finished, or its new state is saved; and where the browser goes. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Schedule } from '../factors/policy/types.ts';
import { began, smallSignIn, type SmallSignIn } from '../test/harness/small-sign-in.ts';
import { loadContext, type Loaded } from './load-context.ts';
import type { Next } from './next-step.ts';
import { settle } from './settle.ts';
import { emptyState, type SignInState } from './sign-in-state.ts';

const assurance = {
  amr: ['otp'],
  strength: 'substantial',
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
} as const;
const proof = { key: 'app-key', factor: 'app', assurance, at: began, purpose: 'sign-in' } as const;
const typed: SignInState = { ...emptyState, person: 'ada', passwordAt: began, passwordSetAt: 1, chosen: 'app' };
const proved: SignInState = { ...typed, proof };
const ended: Schedule = {
  factor: 'app',
  rules: [{ scope: { kind: 'all' }, sunsetAt: 1 }],
  after: 'refuse',
  replacements: [],
  zone: 'UTC',
};
const announced: Schedule = {
  ...ended,
  rules: [{ scope: { kind: 'all' }, announceAt: 1, sunsetAt: began + 86_400_000 }],
};

let signIn: SmallSignIn;
beforeEach(async () => {
  signIn = await smallSignIn();
});
afterEach(() => signIn.close());

/** Settles an answer that leads from one state to another; `meanwhile` runs between reading and writing. */
async function answer(
  before: SignInState,
  after: SignInState,
  next: Next,
  {
    meanwhile,
    asPerson = (person) => person,
  }: {
    readonly meanwhile?: () => Promise<unknown>;
    readonly asPerson?: (person: Loaded['context']['person']) => Loaded['context']['person'];
  } = {},
) {
  await signIn.saveElsewhere(before);
  const { ctx, cookies } = signIn.request({ method: 'POST' });
  const loaded = await loadContext(signIn.deps, ctx);
  if (!loaded) throw new Error('The sign-in is not open.');
  await meanwhile?.();
  const context = loaded.context.with({ state: after, person: asPerson(await signIn.people.get('ada')) });
  return { location: await settle(signIn.deps, ctx, loaded, context, next), cookies };
}
const resultOf = async () => (await signIn.interactions.read('uid'))?.value.engine.result;
const actions = () => signIn.noted.map(({ action }) => action);

describe('finishing', () => {
  test('enough was proved: the engine gets it, and it is an audit event', async () => {
    expect(await answer(typed, proved, 'finish')).toEqual({ location: 'http://localhost/auth/uid', cookies: [] });
    const login = { accountId: 'ada', acr: 'acr-3', amr: ['pwd', 'otp', 'mfa'], ts: began / 1000, remember: false };
    expect(await resultOf()).toMatchObject({ login });
    expect(actions()).toEqual(['sign-in.completed']);
  });

  test('the box was ticked: the browser and the account get the trust', async () => {
    expect(await answer(typed, { ...proved, trust: true }, 'finish')).toMatchObject({
      cookies: ['rekey-trusted-browser'],
    });
    expect((await signIn.people.get('ada'))?.trustedBrowsers).toMatchObject([
      { key: 'app-key', until: began + 86_400_000 },
    ]);
  });

  test('the account of the live session: the engine answers with it, and nothing was proved', async () => {
    const selecting = { leadsTo: 'session', goesOn: true } as const;
    const chosen: SignInState = { ...emptyState, person: 'ada', selecting };
    expect(await answer(chosen, chosen, 'finish')).toMatchObject({ location: 'http://localhost/auth/uid' });
    expect(await resultOf()).toMatchObject({ select_account: { accountId: 'ada' } });
    expect(actions()).toEqual([]);
  });

  test.each<[string, SignInState, Parameters<typeof answer>[3], string, SignInState['refused'] | undefined]>([
    [
      'the account was disabled meanwhile: refused, and saved',
      proved,
      { asPerson: (person) => person && { ...person, disabled: true } },
      '/interaction/uid/refused',
      { reason: 'account_disabled' },
    ],
    [
      'no key was proved: refused, and saved',
      typed,
      {},
      '/interaction/uid/refused',
      { reason: 'key_not_held_or_expired' },
    ],
    [
      'the password was changed meanwhile: the sign-in begins again, and nothing is saved',
      proved,
      { asPerson: (person) => person && { ...person, password: { hash: '', peppered: true, setAt: 2 } } },
      '/interaction/uid/now',
      undefined,
    ],
  ])('%s', async (_case, state, options, location, refused) => {
    expect(await answer(typed, state, 'finish', options)).toMatchObject({ location });
    expect([await resultOf(), (await signIn.state())?.refused]).toEqual([undefined, refused]);
    expect(actions()).toEqual([]);
  });
});

describe('saving', () => {
  test('the state is stored with the version of the account that it saw, and the browser goes to its step', async () => {
    expect(await answer(emptyState, typed, 'prove-key')).toMatchObject({ location: '/interaction/uid/prove-key' });
    const personVersion = signIn.people.seen('ada')?.version;
    expect(personVersion).toEqual(expect.any(String));
    expect(await signIn.state()).toEqual({ ...typed, personVersion });
  });

  test('without an account there is no version', async () => {
    const finding: SignInState = { ...emptyState, finding: true };
    await answer(emptyState, finding, 'find-key', { asPerson: () => undefined });
    expect(await signIn.state()).toEqual(finding);
  });

  const wizard = { at: 'activate-key', from: 'app', fromKey: 'app-key', email: 'show' } as const;
  const activating: SignInState = { ...proved, wizard };
  const bound = { factor: 'card', key: 'new', assurance, at: began };
  const activated: SignInState = { ...proved, wizard: { ...wizard, at: 'done', bound } };
  const refused: SignInState = { ...typed, refused: { reason: 'key_blocked' } };
  test.each<[string, SignInState, SignInState, Next, SignInState, boolean]>([
    [
      'an answer that gained nothing: the other one counts',
      typed,
      { ...typed, trust: true },
      'prove-key',
      typed,
      false,
    ],
    ['a proof: it is saved over the other answer', typed, proved, 'done', typed, true],
    ['a proof, where the other answer ended the sign-in', typed, proved, 'done', refused, false],
    ['a new key: it is saved over the other answer', activating, activated, 'done', activating, true],
    [
      'an answer after the proof, which the other one gave up',
      proved,
      { ...proved, later: true },
      'done',
      typed,
      false,
    ],
  ])('another tab was faster than %s', async (_case, before, after, next, other, isSaved) => {
    const { location } = await answer(before, after, next, { meanwhile: () => signIn.saveElsewhere(other) });
    expect(location).toBe(`/interaction/uid/${isSaved ? next : 'now'}`);
    expect(await signIn.state()).toMatchObject(isSaved ? after : other);
    expect((await signIn.state())?.proof).toEqual((isSaved ? after : other).proof);
  });

  test('a proof is saved with at most nine attempts', async () => {
    let attempts = 0;
    const saveState = async () => {
      attempts += 1;
      return undefined;
    };
    const deps = { ...signIn.deps, engine: { ...signIn.deps.engine, saveState } };
    await signIn.saveElsewhere(typed);
    const { ctx } = signIn.request({ method: 'POST' });
    const loaded = await loadContext(deps, ctx);
    if (!loaded) throw new Error('The sign-in is not open.');
    const context = loaded.context.with({ state: proved });
    expect(await settle(deps, ctx, loaded, context, 'done')).toBe('/interaction/uid/now');
    expect(attempts).toBe(9);
  });

  test('another tab finished the sign-in: nothing is saved, and the browser goes to its end', async () => {
    const { location } = await answer(typed, proved, 'done', {
      meanwhile: async () => {
        const { ctx } = signIn.request({ method: 'POST' });
        await signIn.deps.engine.abort(ctx, 'uid', 'access_denied', '');
      },
    });
    expect(location).toBe('/interaction/uid/now');
    expect(await signIn.state()).toEqual(typed);
  });
});

describe('the audit events about a retirement', () => {
  test.each<[string, Schedule, Next, SignInState, readonly string[]]>([
    ['its dialog comes: mentioned', announced, 'phase-out', { ...typed, knowingly: true }, ['retirement.shown']],
    [
      'its last day is over, and there is no other way in: written',
      ended,
      'refused',
      { ...typed, refused: { reason: 'key_not_held_or_expired' } },
      ['retirement.stranded'],
    ],
    ['another page: nothing', announced, 'prove-key', typed, []],
  ])('%s', async (_case, dates, next, after, expected) => {
    await signIn.close();
    signIn = await smallSignIn({}, { dates: { app: dates } });
    await answer(emptyState, after, next);
    expect(actions()).toEqual(expected);
  });

  test('an answer that another tab overtook is no event', async () => {
    await signIn.close();
    signIn = await smallSignIn({}, { dates: { app: announced } });
    await answer(emptyState, { ...typed, knowingly: true }, 'phase-out', {
      meanwhile: () => signIn.saveElsewhere({ ...emptyState, finding: true }),
    });
    expect(actions()).toEqual([]);
  });
});
