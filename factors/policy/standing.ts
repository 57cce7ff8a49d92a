/**
 * The evidence of a session or token, and which part of it is still valid. Pure: the exit of a sign-in, the engine at
 * resume and at single sign-on, and every use of a token call this one function, so that a key that was removed ends
 * everything that it opened.
 */
import type { Assurance, FactorId } from '../contract.ts';
import { achieved, type Achieved, type Ladder } from './assurance.ts';

/** A key that was proved in a sign-in. */
export interface ProvedKey {
  readonly key: string;
  readonly factor: FactorId;
  readonly assurance: Assurance;
  /** When (ms). */
  readonly at: number;
  /** The key that replaced it in the same sign-in. */
  readonly replacedBy?: string;
}

/** The evidence, as it is stored with sessions and tokens. */
export interface Evidence {
  /** The password: when it was proved, and when it had been set, which shows whether the account still has it (ms). */
  readonly password?: { readonly at: number; readonly setAt: number };
  readonly keys: readonly ProvedKey[];
  /** The trusted browser that replaced the second step. */
  readonly trustedBrowser?: string;
  /** How often all sessions of the account had been ended when the sign-in began. */
  readonly ended?: number;
}

export const noEvidence: Evidence = { keys: [] };

/** The facts of the account that are read; its document has all of them. */
export interface AccountState {
  readonly disabled: boolean;
  readonly password?: { readonly setAt: number };
  readonly keys: readonly {
    readonly id: string;
    readonly status: 'active' | 'off' | 'blocked';
    readonly offBecause?: 'replaced' | 'removed' | 'reissued' | 'purged';
  }[];
  /** How often all sessions of the account were ended. */
  readonly sessionsEnded?: number;
}

/** `rests`: the valid part of the evidence; level and `amr` follow from it. */
export interface Standing extends Achieved {
  readonly rests: Evidence;
}

/**
 * @param account as it is now
 * @param counts whether a factor is enabled, is accepted by this relying party, and its last day is not over
 * @param ladder what each level demands
 * @returns `undefined` if the valid part does not identify the person
 */
export function standing(
  evidence: Evidence,
  account: AccountState,
  counts: (factor: FactorId) => boolean,
  ladder?: Ladder,
): Standing | undefined {
  if (account.disabled || (evidence.ended ?? 0) !== (account.sessionsEnded ?? 0)) return undefined;
  const { password, ...others } = evidence;
  const stands = password !== undefined && password.setAt === account.password?.setAt;
  const keys = evidence.keys.filter((proved) => counts(proved.factor) && isKept(proved, account));
  const reached = achieved(
    stands,
    keys.map(({ assurance }) => assurance),
    ladder,
  );
  return reached && { ...reached, rests: { ...others, ...(stands ? { password } : {}), keys } };
}

/** The key works; or its owner replaced it in that very sign-in, and the new key works. */
function isKept({ key: id, replacedBy }: ProvedKey, { keys }: AccountState): boolean {
  const works = (wanted: string) => keys.some((key) => key.id === wanted && key.status === 'active');
  if (works(id)) return true;
  const madeWay = keys.some((key) => key.id === id && key.offBecause === 'replaced');
  return replacedBy !== undefined && madeWay && works(replacedBy);
}

/** The evidence with later proofs: only the last proof of each key is kept. */
export const withProofs = (keys: readonly ProvedKey[], since: readonly ProvedKey[]): readonly ProvedKey[] => [
  ...keys.filter(({ key }) => since.every((later) => later.key !== key)),
  ...since,
];
