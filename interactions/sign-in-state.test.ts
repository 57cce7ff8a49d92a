import { describe, expect, test } from '@jest/globals';
import { isGained, emptyState, type SignInState } from './sign-in-state.ts';

describe('a second click does not remove what the first answer gained', () => {
  const assurance = { strength: 'substantial', amr: ['otp'] } as unknown as NonNullable<
    SignInState['proof']
  >['assurance'];
  const asked: SignInState = { ...emptyState, person: 'ada', passwordAt: 1, chosen: 'token-card' };
  const proof = { key: 'k1', factor: 'token-card', assurance, at: 2, purpose: 'sign-in' } as SignInState['proof'];
  const proved: SignInState = { ...asked, ...(proof ? { proof } : {}) };
  const wizard = { at: 'activate-key', from: 'token-card', fromKey: 'k1', email: 'show' } as const;
  const activating: SignInState = { ...proved, wizard };
  const bound = { factor: 'authenticator-app', key: 'k2', assurance, at: 3 };
  const activated: SignInState = { ...proved, wizard: { ...wizard, at: 'done', bound } };
  const refused: SignInState = { ...activating, refused: { reason: 'key_not_held_or_expired' } };

  test.each([
    ['a proof', asked, proved, true],
    ['a proof that another answer has written before', proved, proved, false],
    ['a proof, where the other one ended the sign-in', { ...asked, refused: { reason: 'key_blocked' } }, proved, false],
    ['a proof of another factor than the one asked for now', { ...asked, chosen: 'email-otp' }, proved, false],
    ['a new key', activating, activated, true],
    ['a new key, where the other one found the old key off already', refused, activated, true],
    ['a new key that another answer has written before', activated, activated, false],
    ['a new key, where the wizard was left meanwhile', proved, activated, false],
    ['anything of another person', { ...activating, person: 'bob' }, activated, false],
    ['nothing new', activating, activating, false],
  ] as const)('%s', (_what, before, after, gained) => {
    expect(isGained(before, after)).toBe(gained);
  });
});
