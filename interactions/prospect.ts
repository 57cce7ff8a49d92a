/**
 * Predicts a sign-in with this account at this relying party, with the decider that judges real sign-ins. Pure. Used by
 * the pre-flight of a change of dates; it signs nobody in.
 */
import type { FactorId } from '../factors/contract.ts';
import type { Reason } from '../factors/reasons.ts';
import type { Key } from '../accounts/person.ts';
import type { SignInContext } from './context.ts';
import { wizardFault } from './wizard-ahead.ts';

export type Prospect =
  /** Can sign in: with one of these factors, or (none listed) with the password alone. */
  | { readonly kind: 'opens'; readonly by: readonly FactorId[] }
  /** Can sign in after activating a new key; the old key still proves its owner for that. */
  | { readonly kind: 'replaces'; readonly from: readonly FactorId[] }
  /**
   * Can sign in after activating a first or further key, behind a proof of the mailbox and, where the account has keys,
   * of one that is not accepted here.
   */
  | { readonly kind: 'activates' }
  | { readonly kind: 'disabled' }
  /** The person cannot sign in without help. */
  | { readonly kind: 'stranded'; readonly because: WhyStranded };

/**
 * No key counts and none may be activated; or one must be, but the account has no mail address, or a shared one that
 * may activate nothing, and no proof permits another address; or there is no factor that could take the place of the
 * key.
 */
export type WhyStranded = 'no_key_counts' | 'mailbox_missing' | 'mailbox_shared' | 'replacement_missing';

/** @param context of a person who has just given the right password */
export function prospectOf(context: SignInContext): Prospect {
  const { person, secondStep, usableKeys } = context;
  if (!person) return stranded('no_key_counts');
  if (person.disabled) return { kind: 'disabled' };
  if (usableKeys.length > 0) return { kind: 'opens', by: distinct(usableKeys) };
  if (secondStep.kind === 'none' || secondStep.kind === 'offer') return { kind: 'opens', by: [] };
  const ending = context.provableKeys.filter(
    ({ factor }) => context.offered.includes(factor) && context.advise(factor).kind === 'require',
  );
  if (ending.length > 0) return replacing(context, ending);
  if (secondStep.kind !== 'enrol') return stranded('no_key_counts');
  const faults = proofsOf(context).map((key) => wizardFault(securing(context), key));
  return faults.includes(undefined) ? { kind: 'activates' } : stranded(whyStranded(faults));
}

/** After the last day a key still proves its owner, and the wizard decides what that is enough for. */
function replacing(context: SignInContext, ending: SignInContext['provableKeys']): Prospect {
  const tried = ending.map((key) => ({ key, fault: wizardFault(context, key) }));
  const from = tried.filter(({ fault }) => fault === undefined).map(({ key }) => key);
  return from.length > 0
    ? { kind: 'replaces', from: distinct(from) }
    : stranded(whyStranded(tried.map(({ fault }) => fault)));
}

/** The keys of which the person may prove one before a new key is activated; none is needed where there is no key. */
const proofsOf = ({ mustProve, provableKeys }: SignInContext): readonly (Key | undefined)[] =>
  mustProve ? provableKeys : [undefined];

/**
 * Whether the person can add a key that this relying party accepts by themselves, where they look after their keys: a
 * key of theirs that is not accepted here proves them there.
 */
export function canAddElsewhere(context: SignInContext): boolean {
  if (context.person === undefined || context.rules.addsElsewhere !== true) return false;
  const { refused: _over, chosen: _notHeld, ...state } = context.state;
  const there = securing(context.with({ state }));
  return there.provableKeys.some((key) => wizardFault(there, key) === undefined);
}

const securing = (context: SignInContext): SignInContext =>
  context.with({ state: { ...context.state, securing: true } });

/** The fault that is the easiest to mend: an address can be set. */
const whyStranded = (faults: readonly (Reason | undefined)[]): WhyStranded =>
  (['mailbox_missing', 'mailbox_shared'] as const).find((why) => faults.includes(why)) ?? 'replacement_missing';

const stranded = (because: WhyStranded): Prospect => ({ kind: 'stranded', because });

/** Sorted by name: the prospect does not depend on which key was used last. */
const distinct = (keys: SignInContext['usableKeys']): readonly FactorId[] =>
  [...new Set(keys.map(({ factor }) => factor))].toSorted();
