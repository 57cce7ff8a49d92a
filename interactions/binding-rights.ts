/**
 * What a proof permits a person to do with keys and with the e-mail address, by the rules of `binding-bar.ts`. The
 * context of a request calls it.
 */
import type { FactorId, Strength } from '../factors/contract.ts';
import { hasPermit } from '../digital-keys/permits.ts';
import { meetsBar } from '../factors/policy/binding-bar.ts';
import { rank } from '../factors/policy/assurance.ts';
import type { Candidate } from '../factors/policy/migration.ts';
import type { Level } from '../factors/policy/types.ts';
import type { Key, Person } from '../accounts/person.ts';
import type { ContextFacts } from './context.ts';

export interface BindingRights {
  /** An administrator permits this person to activate one key now. */
  readonly permitted: boolean;
  /** @param target absent: the change of the account's e-mail address */
  readonly meets: (proved: Level, target: FactorId | undefined) => boolean;
  /** Whether at least one of these proofs permits at least one of these factors. */
  readonly reaches: (proofs: readonly Level[], candidates: readonly Candidate[]) => boolean;
  /**
   * The bar that a replaced key passes on to its new key after a proof of this level; none if the old key was proved or
   * a permit was used.
   */
  readonly carriedFrom: (key: Key | undefined, proved: Level) => Strength | undefined;
  /** Whether this proof is as strong as the key. */
  readonly takesOff: (proved: Level, key: Key) => boolean;
  /** The highest level that a key of this factor can have; the strictest value if the factor is unknown. */
  readonly strengthOf: (factor: FactorId) => Strength;
  /** The same for one key: its highest level since it was bound. */
  readonly strengthOfKey: (key: Key) => Strength;
}

export function bindingRights(
  person: Person | undefined,
  { now, strengthOf }: Pick<ContextFacts, 'now' | 'strengthOf'>,
): BindingRights {
  const permitted = person !== undefined && hasPermit(person, now);
  const ceiling = (factor: FactorId): Strength => strengthOf(factor) ?? 'high';
  const strengthOfKey = ({ strength, factor }: Key): Strength => strength ?? ceiling(factor);
  const keys = (person?.keys ?? []).map((key) => ({ ...key, strength: strengthOfKey(key) }));
  const meets = (proved: Level, target: FactorId | undefined): boolean =>
    meetsBar({ keys, proved, permitted, ...(target === undefined ? {} : { target: ceiling(target) }) });
  return {
    permitted,
    meets,
    reaches: (proofs, candidates) => candidates.some(({ id }) => proofs.some((proved) => meets(proved, id))),
    carriedFrom: (key, proved) =>
      key === undefined || permitted || rank(proved) >= rank(strengthOfKey(key)) ? undefined : strengthOfKey(key),
    takesOff: (proved, key) => rank(proved) >= rank(strengthOfKey(key)),
    strengthOf: ceiling,
    strengthOfKey,
  };
}
