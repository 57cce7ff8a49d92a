/**
 * Predicts a sign-in with this account at this relying party, with the decider that judges real sign-ins. Pure. Used by
 * the pre-flight of a change of dates; it signs nobody in.
 */
import type { FactorId } from '../factors/contract.ts';
import type { SignInContext } from './context.ts';

export type Prospect =
  /** Can sign in: with one of these factors, or (none listed) with the password alone. */
  | { readonly kind: 'opens'; readonly by: readonly FactorId[] }
  /** Can sign in after activating a new key; the old key still proves its owner for that. */
  | { readonly kind: 'replaces'; readonly from: readonly FactorId[] }
  /**
   * Can sign in after activating a first or further key, behind a proof of the mailbox or of a key that is not accepted
   * here.
   */
  | { readonly kind: 'activates' }
  | { readonly kind: 'disabled' }
  /** The person cannot sign in without help. */
  | { readonly kind: 'stranded' };

/** @param context of a person who has just given the right password */
export function prospectOf(context: SignInContext): Prospect {
  const { person, secondStep, usableKeys } = context;
  if (!person) return { kind: 'stranded' };
  if (person.disabled) return { kind: 'disabled' };
  if (usableKeys.length > 0) return { kind: 'opens', by: distinct(usableKeys) };
  if (secondStep.kind === 'none' || secondStep.kind === 'offer') return { kind: 'opens', by: [] };
  const from = distinct(context.provableKeys).filter(
    (factor) =>
      context.offered.includes(factor) &&
      context.advise(factor).kind === 'require' &&
      context.targetsOf(factor).length > 0,
  );
  if (from.length > 0 && hasMailbox(context)) return { kind: 'replaces', from };
  if (secondStep.kind === 'enrol' && hasMailbox(context)) return { kind: 'activates' };
  return { kind: 'stranded' };
}

/** A new key needs a proof of the mailbox, so the account needs an address, and one that is permitted. */
function hasMailbox({ person, rules }: SignInContext): boolean {
  return person?.email !== undefined && !rules.barsMailbox(person.email.address);
}

/** Sorted by name: the prospect does not depend on which key was used last. */
const distinct = (keys: SignInContext['usableKeys']): readonly FactorId[] =>
  [...new Set(keys.map(({ factor }) => factor))].toSorted();
