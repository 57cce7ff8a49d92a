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
  | { readonly kind: 'stranded'; readonly because: WhyStranded };

/**
 * No key counts and none may be activated; or one must be, but the account has no mail address, or a shared one that
 * may activate nothing, or there is no factor that could take the place of the key.
 */
export type WhyStranded = 'no_key_counts' | 'mailbox_missing' | 'mailbox_shared' | 'replacement_missing';

/** @param context of a person who has just given the right password */
export function prospectOf(context: SignInContext): Prospect {
  const { person, secondStep, usableKeys } = context;
  if (!person) return stranded('no_key_counts');
  if (person.disabled) return { kind: 'disabled' };
  if (usableKeys.length > 0) return { kind: 'opens', by: distinct(usableKeys) };
  if (secondStep.kind === 'none' || secondStep.kind === 'offer') return { kind: 'opens', by: [] };
  const ending = distinct(context.provableKeys).filter(
    (factor) => context.offered.includes(factor) && context.advise(factor).kind === 'require',
  );
  const from = ending.filter((factor) => context.targetsOf(factor).length > 0);
  if (from.length === 0 && secondStep.kind !== 'enrol')
    return stranded(ending.length > 0 ? 'replacement_missing' : 'no_key_counts');
  // A new key needs a proof of the mailbox, so the account needs an address, and one that is permitted.
  if (person.email === undefined) return stranded('mailbox_missing');
  if (context.rules.barsMailbox(person.email.address)) return stranded('mailbox_shared');
  return from.length > 0 ? { kind: 'replaces', from } : { kind: 'activates' };
}

const stranded = (because: WhyStranded): Prospect => ({ kind: 'stranded', because });

/** Sorted by name: the prospect does not depend on which key was used last. */
const distinct = (keys: SignInContext['usableKeys']): readonly FactorId[] =>
  [...new Set(keys.map(({ factor }) => factor))].toSorted();
