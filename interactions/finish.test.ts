/** The exit of a sign-in, from the facts of one request: what it grants, and why it refuses. */
import { describe, expect, test } from '@jest/globals';
import type { Assurance, Factor, FactorId, Strength } from '../factors/contract.ts';
import { rank } from '../factors/policy/assurance.ts';
import type { Key, Person, TrustedBrowser } from '../accounts/person.ts';
import { completed, finishOf, keyOfTrust, type ExitFacts } from './finish.ts';
import { emptyState, type SignInState } from './sign-in-state.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const acrs = { single: 'acr-1', low: 'acr-2', substantial: 'acr-3', high: 'acr-4' };
const passwordAt = 1_700_000_001_900;
const provedAt = passwordAt + 60_000;
const strengths: Readonly<Record<FactorId, Strength>> = { app: 'substantial', sms: 'low', stick: 'high' };

const assurance = (strength: Strength, over: Partial<Assurance> = {}): Assurance => ({
  amr: [strength],
  strength,
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
  ...over,
});
const key = (factor: FactorId, status: Key['status'] = 'active'): Key => ({
  id: `${factor}-key`,
  factor,
  detail: '',
  status,
  boundAt: 1,
  source: 'enrolled',
  attempts: { count: 0, lastAt: 0 },
});
const an: Person = {
  ...blankAccount,
  id: 'an',
  username: 'an',
  password: { hash: '', peppered: true, setAt: 1 },
  keys: [key('app'), key('sms'), key('stick')],
};
const typed: SignInState = { ...emptyState, person: 'an', passwordAt, passwordSetAt: 1 };
const proofOf = (factor: FactorId, strength = strengths[factor] ?? 'low', over: Partial<Assurance> = {}) => ({
  key: `${factor}-key`,
  factor,
  at: provedAt,
  assurance: assurance(strength, over),
});
const signsIn = (...proof: Parameters<typeof proofOf>) => ({ ...proofOf(...proof), purpose: 'sign-in' }) as const;
const proved: SignInState = { ...typed, proof: signsIn('app') };
const wizard = { at: 'done', email: 'show' } as const;
const laptop: TrustedBrowser = { id: 'laptop', hash: '', key: 'app-key', grantedAt: 1, until: 2 };

function factsOf(over: Partial<ExitFacts> = {}): ExitFacts {
  const { level = 'single', person = an } = over;
  return {
    state: proved,
    person,
    level,
    secondStep: { kind: 'key' },
    unexpected: false,
    trusted: undefined,
    client: { id: 'bank', nameIn: () => 'bank', trustedBrowser: true },
    rules: {
      asksForKey: true,
      mayActivate: true,
      deadlines: [],
      barsMailbox: () => false,
      password: { minimumLength: 8, reset: 'off' },
      trustFor: 9,
    },
    counts: () => true,
    // Only the field that the exit reads.
    suitable: Object.keys(strengths)
      .filter((id) => rank(strengths[id] ?? 'low') >= rank(level))
      .map((id) => ({ factor: { id } as unknown as Factor, settings: {}, recommended: false })),
    usableKeys: person.keys.filter(({ status }) => status === 'active'),
    ...over,
  };
}
const exit = (over: Partial<ExitFacts>) => finishOf(factsOf(over), acrs);
const signedIn = (acr: string, amr: readonly string[]) => ({ kind: 'sign-in', accountId: 'an', acr, amr });
const refused = (reason: string) => ({ kind: 'refused', reason });

describe('with a key', () => {
  test('level, methods and time come from the proofs together, and the session depends on them', () => {
    expect(exit({})).toEqual({
      ...signedIn('acr-3', ['pwd', 'substantial', 'mfa']),
      authTime: 1_700_000_061,
      rests: { password: { at: passwordAt, setAt: 1 }, keys: [proofOf('app')], ended: 0 },
    });
  });

  const stepUp: SignInState = { ...proved, sessionKeys: [proofOf('stick')] };
  test.each<[string, Partial<ExitFacts>, object]>([
    ['the level that is asked', { level: 'substantial' }, signedIn('acr-3', ['pwd', 'substantial', 'mfa'])],
    ['a level below', { level: 'low' }, signedIn('acr-3', ['pwd', 'substantial', 'mfa'])],
    ['a level above', { level: 'high' }, refused('level_unreachable')],
    [
      'a factor of the level whose proof was weaker',
      { level: 'substantial', state: { ...typed, proof: signsIn('app', 'low') } },
      refused('level_unreachable'),
    ],
    [
      'a weaker factor beside a session that has the level',
      { level: 'high', state: { ...stepUp, proof: signsIn('sms') } },
      refused('level_unreachable'),
    ],
    [
      'a weaker factor, and a new key of the level',
      {
        level: 'substantial',
        state: {
          ...typed,
          proof: signsIn('sms'),
          wizard: { ...wizard, bound: { factor: 'app', key: 'app-key', assurance: assurance('substantial'), at: 1 } },
        },
      },
      signedIn('acr-3', ['pwd', 'low', 'substantial', 'mfa']),
    ],
    [
      'a factor of the level beside a session that has more',
      { level: 'substantial', state: stepUp },
      signedIn('acr-4', ['pwd', 'high', 'substantial', 'mfa']),
    ],
    [
      'the new key after the old one: the time is that of the last proof',
      {
        state: {
          ...proved,
          wizard: { ...wizard, bound: { factor: 'stick', key: 'stick-key', assurance: assurance('high'), at: 5e12 } },
        },
      },
      { ...signedIn('acr-4', ['pwd', 'substantial', 'high', 'mfa']), authTime: 5e9 },
    ],
  ])('%s', (_case, facts, expected) => {
    expect(exit(facts)).toMatchObject(expected);
  });
});

describe('without a valid key', () => {
  const none = { secondStep: { kind: 'none' }, state: typed } as const;
  const offer = { secondStep: { kind: 'offer', from: 9e12, zone: 'UTC' } } as const;
  const alone = { ...signedIn('acr-1', ['pwd']), authTime: 1_700_000_001 };
  const no = refused('key_not_held_or_expired');
  test.each<[string, Partial<ExitFacts>, object]>([
    ['the password alone, where no more is required', none, alone],
    ['a second step that is offered, and was put off', { ...offer, state: { ...typed, later: true } }, alone],
    ['a second step that is offered, and was not answered', { ...offer, state: typed }, no],
    ['a compulsory second step, whatever was put off', { state: { ...typed, later: true } }, no],
    ['a key that must be activated first', { secondStep: { kind: 'enrol' }, state: typed }, no],
    ['a proof that no longer counts', { ...none, state: proved, counts: () => false }, no],
    ['a wizard that is not finished', { ...none, state: { ...typed, wizard } }, no],
    ['no password', { ...none, state: { ...emptyState, person: 'an' } }, no],
    ['a level above the password', { ...none, level: 'low' }, no],
    [
      'the proof of a key that only permits a replacement',
      { state: { ...typed, proof: { ...signsIn('app'), purpose: 're-enrolment' } } },
      no,
    ],
  ])('%s', (_case, facts, expected) => {
    expect(exit(facts)).toMatchObject(expected);
  });

  test('the session depends on the trusted browser that replaced the second step', () => {
    expect(exit({ ...none, trusted: laptop })).toMatchObject({ rests: { trustedBrowser: 'laptop', keys: [] } });
    expect(exit(none)).toMatchObject({ rests: expect.not.objectContaining({ trustedBrowser: expect.anything() }) });
  });
});

test.each<[string, Partial<ExitFacts>, object]>([
  ['no account', { person: undefined }, refused('account_disabled')],
  ['a disabled account', { person: { ...an, disabled: true } }, refused('account_disabled')],
  ['an account that the relying party did not ask for', { unexpected: true }, refused('account_unexpected')],
  ['a password that was changed meanwhile', { state: { ...proved, passwordSetAt: 2 } }, { kind: 'again' }],
  [
    'sessions that were all ended meanwhile',
    { person: { ...an, sessionsEnded: 1 } },
    refused('key_not_held_or_expired'),
  ],
  [
    'sessions that were all ended since the first proof',
    { person: { ...an, sessionsEnded: 1 }, state: { ...proved, sessionsEnded: 0 } },
    { kind: 'again' },
  ],
  [
    'the account of the live session',
    { state: { ...emptyState, person: 'an', selecting: { leadsTo: 'session', goesOn: true } } },
    { kind: 'session', accountId: 'an' },
  ],
  [
    'the page that asks which account to use, not answered',
    { state: { ...proved, selecting: { leadsTo: 'session' } } },
    signedIn('acr-3', ['pwd', 'substantial', 'mfa']),
  ],
])('%s', (_case, facts, expected) => {
  expect(finishOf({ ...factsOf(), ...facts }, acrs)).toMatchObject(expected);
});

describe('the key that makes this browser trusted', () => {
  const ticked: SignInState = { ...proved, trust: true };
  const passkey = signsIn('stick', 'high', { userVerified: true, phishingResistant: true });
  const { passwordAt: _at, passwordSetAt: _set, ...keyAlone } = { ...ticked, proof: passkey };
  const { trustFor: _for, ...rules } = factsOf().rules;
  const bound = { factor: 'stick', key: 'stick-key', assurance: assurance('high'), at: provedAt };
  test.each<[string, Partial<ExitFacts>, string | undefined]>([
    ['the proved key', {}, 'app-key'],
    ['the new key', { state: { ...ticked, wizard: { ...wizard, bound } } }, 'stick-key'],
    ['the box was not ticked', { state: proved }, undefined],
    ['browsers are never trusted', { rules }, undefined],
    ['no key was proved', { state: { ...typed, trust: true } }, undefined],
    [
      'the proof permits a replacement alone',
      {
        state: {
          ...ticked,
          proof: { ...ticked.proof, ...proofOf('app'), purpose: 're-enrolment' },
          wizard: { ...wizard, bound },
        },
      },
      undefined,
    ],
    ['a live session was raised', { state: { ...ticked, sessionKeys: [] } }, undefined],
    ['no password', { state: keyAlone }, undefined],
    ['the relying party trusts no browser', { client: { id: 'bank', nameIn: () => 'bank' } }, undefined],
    ['the key cannot be used here', { usableKeys: [key('sms')] }, undefined],
    ['the proof no longer counts', { counts: () => false }, undefined],
    ['no account', { person: undefined }, undefined],
  ])('%s', (_case, facts, expected) => {
    expect(keyOfTrust({ ...factsOf(), state: ticked, ...facts })).toBe(expected);
  });
});

test('the audit event names the factors once each, and the trusted browser', () => {
  const context = { now: 7, client: factsOf().client };
  const rests = { keys: [proofOf('app'), { ...proofOf('app'), key: 'other' }, proofOf('sms')] };
  const finish = { accountId: 'an', acr: 'acr-3', amr: [], authTime: 1, rests };
  expect(completed(context, finish)).toEqual({
    at: 7,
    actor: 'an',
    action: 'sign-in.completed',
    person: 'an',
    client: 'bank',
    facts: { acr: 'acr-3', factors: 'app sms' },
  });
  expect(completed(context, { ...finish, rests: { keys: [], trustedBrowser: 'laptop' } }).facts).toEqual({
    acr: 'acr-3',
    factors: '',
    browser: 'laptop',
  });
});
