/**
 * How strong a proof must be before a key is bound or replaced, or the account's address is changed (NIST SP 800-63B-4
 * §4.1.2.1; ASVS 7.5.1). Pure; the steps of a sign-in and the write that binds a key both call it. Neither time, nor an
 * attacker, nor an administrator's switch lowers it.
 */
import type { Strength } from '../contract.ts';
import { rank } from './assurance.ts';
import type { Level } from './types.ts';

/** The facts of a key that the bar depends on. The dates and switches of its factor are left out on purpose. */
export interface BoundKey {
  readonly status: 'active' | 'blocked' | 'off';
  /**
   * `replaced`: by a proof of this key. `reissued`: the next key of the same factor inherits the bar. `removed`: by an
   * administrator. `purged`: its secret was deleted since the day of deletion of its factor had come.
   */
  readonly offBecause?: 'replaced' | 'removed' | 'reissued' | 'purged';
  /** Removed while another key was as strong, or before an administrator permitted another key. */
  readonly settled?: true;
  /** `undefined`: unknown, so it counts as the strongest. */
  readonly strength: Strength | undefined;
}

/** Whether a key was bound, and not replaced by a proof of its own strength. */
export const countsForBar = ({ status, offBecause, settled }: Omit<BoundKey, 'strength'>): boolean =>
  status !== 'off' || ((offBecause === 'removed' || offBecause === 'purged') && settled === undefined);

/** The strongest key that counts; `single` if there is none. */
export const strongestBound = (keys: readonly BoundKey[]): Level =>
  keys
    .filter(countsForBar)
    .map(({ strength = 'high' }): Level => strength)
    .reduce<Level>((most, level) => (rank(level) > rank(most) ? level : most), 'single');

export interface BindingFacts {
  readonly keys: readonly BoundKey[];
  /** What this sign-in has proved; `single`: the password (or the mailbox) alone. */
  readonly proved: Level;
  /** The highest level of the new key; absent: no key is bound, the account's address is changed. */
  readonly target?: Strength;
  /** An administrator permits binding one key without that proof. Does not permit a change of the address. */
  readonly permitted?: boolean;
}

/** The bar is the strongest key that counts, or the new key if that is weaker. */
export function meetsBar({ keys, proved, target, permitted = false }: BindingFacts): boolean {
  if (permitted && target !== undefined) return true;
  const strongest = rank(strongestBound(keys));
  return rank(proved) >= (target === undefined ? strongest : Math.min(strongest, rank(target)));
}
