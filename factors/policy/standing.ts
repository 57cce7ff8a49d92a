/**
 * What a session or a token rests on, and what of it still stands. Pure: the exit of a sign-in, the engine at resume and at single sign-on, and every
 * use of a token ask this one function, so that what a dead key opened ends with it everywhere.
 */
import type { Assurance, FactorId } from '../contract.ts';
import { achieved, type Achieved } from './assurance.ts';

/** A key that was proved in a sign-in. */
export interface ProvedKey {
  readonly key: string;
  readonly factor: FactorId;
  readonly assurance: Assurance;
  /** When (ms). */
  readonly at: number;
  /** The key that took its place in the same sign-in. */
  readonly replacedBy?: string;
}

/** What was proved, as it is kept with sessions and tokens. */
export interface Evidence {
  /** The password: when it was proved, and when the one that was proved had been set, which says whether it is that one still (ms). */
  readonly password?: { readonly at: number; readonly setAt: number };
  readonly keys: readonly ProvedKey[];
  /** The trusted browser that stood for the second step. */
  readonly device?: string;
  /** How often all sessions of the account had been ended when the sign-in began. */
  readonly ended?: number;
}

export const noEvidence: Evidence = { keys: [] };

/** What is asked of an account; its document has all of it. */
export interface AccountState {
  readonly disabled: boolean;
  readonly password?: { readonly setAt: number };
  readonly keys: readonly {
    readonly id: string;
    readonly status: 'active' | 'off' | 'blocked';
    readonly offBecause?: 'replaced' | 'removed' | 'reissued';
  }[];
  /** How often all sessions of the account were ended. */
  readonly sessionsEnded?: number;
}

/** `rests`: the part of the evidence that still stands; level and `amr` are what that part gives. */
export interface Standing extends Achieved {
  readonly rests: Evidence;
}

/**
 * @param account as it is now
 * @param counts whether a factor is enabled, is accepted by this relying party, and its last day is not over
 * @returns `undefined` when what still stands is not enough to say who it is
 */
export function standing(
  evidence: Evidence,
  account: AccountState,
  counts: (factor: FactorId) => boolean,
): Standing | undefined {
  if (account.disabled || (evidence.ended ?? 0) !== (account.sessionsEnded ?? 0)) return undefined;
  const { password, ...others } = evidence;
  const stands = password !== undefined && password.setAt === account.password?.setAt;
  const keys = evidence.keys.filter((proved) => counts(proved.factor) && isKept(proved, account));
  const reached = achieved(
    stands,
    keys.map(({ assurance }) => assurance),
  );
  return reached && { ...reached, rests: { ...others, ...(stands ? { password } : {}), keys } };
}

/** The key works; or its owner put another one in its place in that very sign-in, and that one works. */
function isKept({ key: id, replacedBy }: ProvedKey, { keys }: AccountState): boolean {
  const works = (wanted: string) => keys.some((key) => key.id === wanted && key.status === 'active');
  if (works(id)) return true;
  const madeWay = keys.some((key) => key.id === id && key.offBecause === 'replaced');
  return replacedBy !== undefined && madeWay && works(replacedBy);
}

/** The evidence with what was proved since: of one key only the last proof is kept. */
export const withProofs = (keys: readonly ProvedKey[], since: readonly ProvedKey[]): readonly ProvedKey[] => [
  ...keys.filter(({ key }) => since.every((later) => later.key !== key)),
  ...since,
];
