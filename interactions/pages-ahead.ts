/**
 * Computes the pages that a sign-in with this account would show, in order: calls the decider with the answers that the
 * person would give. Pure. Used by `explain`, for any instant; it signs nobody in.
 */
import type { Assurance, FactorId } from '../factors/contract.ts';
import { afterPassword } from './after-password.ts';
import type { SignInContext } from './context.ts';
import { nextStep, type Next } from './next-step.ts';
import type { Refusal, SignInState } from './sign-in-state.ts';
import { askedKey, purposeOf } from './steps/prove-key.ts';
import type { Person } from '../accounts/person.ts';

export interface PagesAhead {
  /** All pages until the first that is not a choice of a key, the password, or the proof of a key. */
  readonly pages: readonly Next[];
  /** The factor that is asked for. */
  readonly asked: FactorId | undefined;
  /** Present if the last page is `refused`. */
  readonly refused: Refusal | undefined;
  /** The sign-in state on the last page. */
  readonly context: SignInContext;
}

/** More pages than any sign-in has. */
const mostPages = 6;

/**
 * @param context of a new sign-in without a person
 * @param key the factor that the person chooses, where the page asks; absent: the best that counts, otherwise any that
 * the person has
 */
export function pagesAhead(context: SignInContext, person: Person, key?: FactorId): PagesAhead {
  const pages: Next[] = [];
  let at = context;
  while (pages.length < mostPages) {
    const wanted = nextStep(at);
    const refused = wanted === 'prove-key' ? refusalAt(at, person) : undefined;
    if (refused) at = at.with({ steps: { ...at.steps, refused } });
    const next = refused ? 'refused' : wanted;
    pages.push(next);
    const steps = answered(at, next, person, key);
    if (steps === undefined) break;
    at = at.with({ steps, ...(steps.person === undefined ? {} : { person }) });
  }
  return { pages, asked: at.steps.chosen, refused: at.steps.refused, context: at };
}

/** The sign-in state after the correct answer; `undefined`: this page is the result. */
function answered(
  context: SignInContext,
  page: Next,
  person: Person,
  key: FactorId | undefined,
): SignInState | undefined {
  const { steps, now } = context;
  switch (page) {
    case 'choose-key': {
      const known = context.with({ person });
      const held = person.keys.filter(({ status, factor }) => status !== 'off' && context.offered.includes(factor));
      const chosen = key ?? [...known.usableKeys, ...known.provableKeys, ...held][0]?.factor;
      return chosen === undefined || steps.chosen !== undefined ? undefined : { ...steps, chosen, knowingly: true };
    }
    case 'password': {
      if (person.disabled) return { ...steps, refused: { reason: 'account_disabled' } };
      const known: SignInState = { ...steps, person: person.id, passwordAt: now };
      return afterPassword(context.with({ steps: known, person }));
    }
    case 'prove-key': {
      const held = steps.chosen === undefined ? undefined : askedKey(context, person, steps.chosen);
      if (held === undefined || typeof held === 'string') return undefined;
      const { id, factor } = held;
      const assurance = assuranceOf(context, factor);
      return { ...steps, proof: { key: id, factor, assurance, at: now, purpose: purposeOf(context) } };
    }
    default:
      return undefined;
  }
}

/** Why the chosen key is not asked for. The step says so, not the decider. */
function refusalAt(context: SignInContext, person: Person): Refusal | undefined {
  const { chosen } = context.steps;
  if (chosen === undefined) return undefined;
  const found = askedKey(context, person, chosen);
  if (typeof found === 'string') return { reason: found, factor: chosen };
  return context.advise(chosen).kind === 'refuse' ? { reason: 'key_not_held_or_expired', factor: chosen } : undefined;
}

/** The highest level of this factor; no page depends on the rest of an assurance. */
const assuranceOf = ({ strengthOf }: SignInContext, factor: FactorId): Assurance => ({
  amr: [],
  strength: strengthOf(factor) ?? 'low',
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
});
