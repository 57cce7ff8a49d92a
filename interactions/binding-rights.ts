/** What a proof lets a person do with keys and address, by the bar of the policy (`binding-bar.ts`). The context of a request asks it. */
import type { FactorId, Strength } from '../factors/contract.ts';
import { hasPermit } from '../factors/permits.ts';
import { meetsBar } from '../factors/policy/binding-bar.ts';
import { rank } from '../factors/policy/assurance.ts';
import type { Candidate } from '../factors/policy/migration.ts';
import type { Level } from '../factors/policy/types.ts';
import type { Key, Person } from '../accounts/person.ts';
import type { ContextFacts } from './context.ts';

export interface BindingRights {
  /** An administrator lets this person activate one key now. */
  readonly permitted: boolean;
  /** @param target absent: it is the account's address that is to be changed */
  readonly meets: (proved: Level, target: FactorId | undefined) => boolean;
  /** Whether one of these proofs leads to one of these kinds. */
  readonly reaches: (proofs: readonly Level[], candidates: readonly Candidate[]) => boolean;
  /** The bar that a new key carries on for one whose place it takes after a proof of this level; none where that was proved or permitted. */
  readonly carriedFrom: (key: Key | undefined, proved: Level) => Strength | undefined;
  /** What a key of this kind may be worth at the most, by what is known; the strictest where nothing is. */
  readonly strengthOf: (factor: FactorId) => Strength;
  /** The same for a key: what it was worth when it was bound, or since. */
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
    strengthOf: ceiling,
    strengthOfKey,
  };
}
