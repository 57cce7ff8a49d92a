/**
 * What a proof must be worth before a key is bound, replaced, or the account's address is changed (NIST SP 800-63B-4 §4.1.2.1; ASVS 7.5.1). Pure; the
 * steps of a sign-in and the write that binds a key ask it alike. Neither time, nor an attacker, nor an administrator's switch makes it ask less.
 */
import type { Strength } from '../contract.ts';
import { rank } from './assurance.ts';
import type { Level } from './types.ts';

/** A key as the bar sees it. What its factor's dates and switches are at the moment is no part of it, on purpose. */
export interface BoundKey {
  readonly status: 'active' | 'blocked' | 'off';
  /** `replaced`: by a proof of this very key. `reissued`: the next key of the same kind carries the bar on. `removed`: by an administrator. */
  readonly offBecause?: 'replaced' | 'removed' | 'reissued';
  /** Removed, and a key as strong was left, or an administrator has let another one be bound since. */
  readonly settled?: true;
  /** `undefined`: it cannot be known any more, so the strictest reading holds. */
  readonly strength: Strength | undefined;
}

/** Whether a key was bound and has not been taken off by a proof of its own strength. */
export const countsForBar = ({ status, offBecause, settled }: Omit<BoundKey, 'strength'>): boolean =>
  status !== 'off' || (offBecause === 'removed' && settled === undefined);

/** The strongest key that counts; `single` where none does. */
export const strongestBound = (keys: readonly BoundKey[]): Level =>
  keys
    .filter(countsForBar)
    .map(({ strength = 'high' }): Level => strength)
    .reduce<Level>((most, level) => (rank(level) > rank(most) ? level : most), 'single');

export interface BindingFacts {
  readonly keys: readonly BoundKey[];
  /** What was proved in this sign-in; `single`: the password (or the mailbox) alone. */
  readonly proved: Level;
  /** What the new key may be worth; absent: nothing is bound, the account's address is changed. */
  readonly target?: Strength;
  /** An administrator lets one key be bound without that proof. Opens no change of the address. */
  readonly permitted?: boolean;
}

/** The bar is the strongest key that counts, or the new key where that is weaker. */
export function meetsBar({ keys, proved, target, permitted = false }: BindingFacts): boolean {
  if (permitted && target !== undefined) return true;
  const strongest = rank(strongestBound(keys));
  return rank(proved) >= (target === undefined ? strongest : Math.min(strongest, rank(target)));
}
