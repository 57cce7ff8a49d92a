/**
 * How a sign-in with this account would go at this relying party: the decider of every sign-in, asked beforehand. Pure. Used by the pre-flight of a change of
 * dates; nobody is signed in by it.
 */
import type { FactorId } from '../factors/contract.ts';
import type { SignInContext } from './context.ts';

export type Prospect =
  /** Opens: by one of these factors, or (none) by the password alone. */
  | { readonly kind: 'opens'; readonly by: readonly FactorId[] }
  /** Opens once a new key is active: the old one still proves its owner for that. */
  | { readonly kind: 'replaces'; readonly from: readonly FactorId[] }
  /** Opens once a first or further key is active, behind the mailbox or a key that is not taken here. */
  | { readonly kind: 'activates' }
  | { readonly kind: 'disabled' }
  /** Nothing that the person can do alone opens it. */
  | { readonly kind: 'stranded' };

/** @param context of somebody whose password was right a moment ago */
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

/** A new key is activated behind a proof of the mailbox, so there must be one, and one that may. */
function hasMailbox({ person, rules }: SignInContext): boolean {
  return person?.email !== undefined && !rules.barsMailbox(person.email.address);
}

/** In order of name: which key was used last is no part of it. */
const distinct = (keys: SignInContext['usableKeys']): readonly FactorId[] =>
  [...new Set(keys.map(({ factor }) => factor))].toSorted();
