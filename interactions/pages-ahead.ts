/**
 * The pages that a sign-in with this account would show, in order: the decider of every sign-in, asked beforehand with the answers that the person would give. Pure.
 * Used to explain a sign-in, at any instant; nobody is signed in by it.
 */
import type { Assurance, FactorId } from '../factors/contract.ts';
import { afterPassword } from './after-password.ts';
import type { SignInContext } from './context.ts';
import { nextStep, type Next } from './next-step.ts';
import type { Refusal, SignInState } from './sign-in-state.ts';
import { askedKey, purposeOf } from './steps/prove-key.ts';
import type { Person } from '../accounts/person.ts';

export interface PagesAhead {
  /** Up to the first that is neither a choice of a key, nor the password, nor a key's proof. */
  readonly pages: readonly Next[];
  /** The kind of key that is asked for. */
  readonly asked: FactorId | undefined;
  /** Where the last page is `refused`. */
  readonly refused: Refusal | undefined;
  /** The sign-in as it stands on the last page. */
  readonly context: SignInContext;
}

/** More than any way has. */
const mostPages = 6;

/**
 * @param context of a sign-in that has just begun, nobody named
 * @param key the kind that the person chooses, where one is to be chosen; absent: the best that counts, else one that is held
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

/** What the right answer to the page makes of the sign-in; `undefined`: it is the page that is looked for. */
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

/** Why the key that was chosen is not even asked for; it is the step itself that says so, and not the decider. */
function refusalAt(context: SignInContext, person: Person): Refusal | undefined {
  const { chosen } = context.steps;
  if (chosen === undefined) return undefined;
  const found = askedKey(context, person, chosen);
  if (typeof found === 'string') return { reason: found, factor: chosen };
  return context.advise(chosen).kind === 'refuse' ? { reason: 'key_not_held_or_expired', factor: chosen } : undefined;
}

/** The most that a key of this kind is worth; of the rest of an assurance no page depends. */
const assuranceOf = ({ strengthOf }: SignInContext, factor: FactorId): Assurance => ({
  amr: [],
  strength: strengthOf(factor) ?? 'low',
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
});
