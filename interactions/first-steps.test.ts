import { describe, expect, test } from '@jest/globals';
import type { Evidence, ProvedKey } from '../factors/policy/standing.ts';
import type { Strength } from '../factors/contract.ts';
import type { AskedAction } from '../provider/asked-action.ts';
import type { OpenInteraction } from '../provider/interaction-session.ts';
import { firstSteps } from './first-steps.ts';

const now = 1_700_000_000_000;
const minute = 60_000;
const key = (id: string, strength: Strength, at = now - minute): ProvedKey => ({
  key: id,
  factor: id,
  at,
  assurance: {
    amr: [],
    strength,
    possession: true,
    userVerified: false,
    hardware: false,
    phishingResistant: false,
    otherChannel: false,
  },
});
const password = { at: now - minute, setAt: 1 };
const rests: Evidence = { password, keys: [key('card', 'low'), key('app', 'substantial')] };
const interaction = (
  action: AskedAction | undefined,
  evidence: Evidence,
  reasons: readonly string[],
): OpenInteraction => ({
  uid: 'u',
  version: '1',
  expiresAt: now + minute,
  clientId: 'rp',
  params: {},
  reasons,
  ...(action && { action }),
  session: { accountId: 'p', loginTs: 1, rests: evidence },
  browser: { digest: 'd', has: () => true },
  isExpected: () => true,
});
const proofOf = (action: AskedAction | undefined, evidence = rests, reasons = ['action_asked']) =>
  firstSteps(interaction(action, evidence, reasons), now).proof?.key;

describe('A-420 what the session has proved, for an action', () => {
  const adding = { kind: 'add-key' } as const;
  test.each<[string, string | undefined, string | undefined]>([
    ['the strongest key counts', proofOf(adding), 'app'],
    ['also for a change of that key', proofOf({ kind: 'remove-key', key: 'app' }), 'app'],
    [
      'of two as strong the one that is not to be changed',
      proofOf({ kind: 'remove-key', key: 'app' }, { password, keys: [key('app', 'low'), key('card', 'low')] }),
      'card',
    ],
    ['five minutes ago', proofOf(adding, { password, keys: [key('app', 'low', now - 5 * minute)] }), 'app'],
    ['and not longer', proofOf(adding, { password, keys: [key('app', 'low', now - 5 * minute - 1)] }), undefined],
    [
      'nor after an older password',
      proofOf(adding, { ...rests, password: { at: now - 5 * minute - 1, setAt: 1 } }),
      undefined,
    ],
    ['nor without a password', proofOf(adding, { keys: rests.keys }), undefined],
    ['nor for a new password', proofOf({ kind: 'change-password' }), undefined],
    ['nor where a new sign-in is asked for', proofOf(adding, rests, ['action_asked', 'login_prompt']), undefined],
    ['nor for a step-up', proofOf(undefined, rests, ['acr_too_low']), undefined],
  ])('%s', (_name, proof, expected) => {
    expect(proof).toBe(expected);
  });

  test('for a new password nobody is known beforehand', () => {
    const state = firstSteps(interaction({ kind: 'change-password' }, rests, ['action_asked']), now);
    expect([state.person, state.passwordAt, state.sessionKeys]).toEqual([undefined, undefined, undefined]);
  });
});

describe('A-676 a session that is enough, but for a consent', () => {
  const first = (...reasons: readonly string[]) => firstSteps(interaction(undefined, rests, reasons), now);

  test('goes on with its account: only the consent is asked', () => {
    expect(first('consent_due')).toMatchObject({ person: 'p', selecting: { leadsTo: 'session', goesOn: true } });
  });

  test('what else is missing comes first, and is not made more by it', () => {
    expect(first('acr_too_low', 'consent_due')).toEqual(first('acr_too_low'));
    expect(first('max_age', 'consent_due')).toEqual(first('max_age'));
    expect(first('select_account', 'consent_due')).toMatchObject({ selecting: { leadsTo: 'session' } });
    expect(first('select_account', 'consent_due').selecting?.goesOn).toBeUndefined();
  });
});
