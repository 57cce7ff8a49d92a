/**
 * Computes the pages that a sign-in with this account would show, in order: calls the decider and enters the steps with
 * the answers that the person would give. Used by `explain` and `preview`, for any instant; it signs nobody in.
 */
import type { FactorId } from '../factors/contract.ts';
import { afterPassword } from './after-password.ts';
import type { SignInContext } from './context.ts';
import { secure } from './enrolment/secure-account.ts';
import type { Next } from './next-step.ts';
import { subject } from './retirement/dialog.ts';
import type { AskingServices } from './services.ts';
import { withoutSaid, type Refusal, type SignInState } from './sign-in-state.ts';
import { goOn, type Acted } from './step-handler.ts';
import { advance } from './step-handlers.ts';
import { purposeOf } from './steps/prove-key.ts';
import { refusalOf } from './steps/refused.ts';
import type { Person } from '../accounts/person.ts';
import { assuranceAhead } from './wizard-ahead.ts';

export interface PagesAhead {
  /** All pages until the first to which no answer is known. */
  readonly pages: readonly PageAhead[];
  /** The factor that is asked for. */
  readonly asked: FactorId | undefined;
  /** Present if the last page is `refused`. */
  readonly refused: Refusal | undefined;
  /** The sign-in state on the last page. */
  readonly context: SignInContext;
}

export interface PageAhead {
  readonly page: Next;
  /** The sign-in state on this page. */
  readonly context: SignInContext;
}

export interface Answers {
  /** To a page that offers or requires a new key: now, or later where that is possible. Absent: the pages end there. */
  readonly newKey?: 'now' | 'later' | undefined;
}

/** More pages than any sign-in has. */
const mostPages = 9;

/**
 * @param context of a new sign-in without a person
 * @param asking challenges keys as a sign-in does; may send nothing
 */
export async function pagesAhead(
  context: SignInContext,
  person: Person,
  asking: AskingServices,
  answers: Answers = {},
): Promise<PagesAhead> {
  const pages: PageAhead[] = [];
  let reached = context;
  let acted: Acted | undefined = goOn(context.state);
  while (acted !== undefined && pages.length < mostPages) {
    const advanced = await advance(reached, acted, asking);
    if (advanced.kind === 'abort') break;
    reached = advanced.context;
    pages.push({ page: advanced.next, context: reached });
    // A message on a page ends with the answer to it.
    acted = answerTo(advanced.next, reached.with({ state: withoutSaid(reached.state) }), person, answers);
  }
  const refused = pages.at(-1)?.page === 'refused' ? refusalOf(reached) : undefined;
  return { pages, asked: reached.state.chosen, refused, context: reached };
}

/** The sign-in after the right answer to the page; `undefined`: no answer is known. */
function answerTo(page: Next, context: SignInContext, person: Person, answers: Answers): Acted | undefined {
  const { state, now } = context;
  switch (page) {
    case 'choose-key': {
      const chosen = bestOf(context.with({ person }));
      return chosen === undefined || state.chosen !== undefined
        ? undefined
        : goOn({ ...state, chosen, knowingly: true });
    }
    case 'password': {
      if (person.disabled) return goOn({ ...state, refused: { reason: 'account_disabled' } });
      const known: SignInState = { ...state, person: person.id, passwordAt: now };
      return goOn(afterPassword(context.with({ state: known, person })), person);
    }
    case 'prove-key': {
      const { asked } = state;
      if (asked === undefined) return undefined;
      const { key, factor } = asked;
      const proof = { key, factor, assurance: assuranceAhead(context, factor), at: now, purpose: purposeOf(context) };
      return goOn({ ...state, proof });
    }
    case 'phase-out':
    case 'secure-account':
      return answers.newKey === undefined ? undefined : aboutNewKey(page, context, answers.newKey);
    default:
      return undefined;
  }
}

/** The best factor that the page offers: one that counts, otherwise one that the person has. */
function bestOf({ usableKeys, provableKeys, offered, person }: SignInContext): FactorId | undefined {
  const held = (person?.keys ?? []).filter(({ status }) => status !== 'off');
  return [...usableKeys, ...provableKeys, ...held].find(({ factor }) => offered.includes(factor))?.factor;
}

function aboutNewKey(
  page: 'phase-out' | 'secure-account',
  context: SignInContext,
  answer: 'now' | 'later',
): Acted | undefined {
  const { state, secondStep } = context;
  if (page === 'secure-account') {
    if (answer === 'now') return secure(context);
    return secondStep.kind === 'offer' ? goOn({ ...state, later: true }) : undefined;
  }
  const factor = subject(context);
  if (factor === undefined) return undefined;
  if (answer === 'now') return context.targetsOf(factor).length > 0 ? goOn({ ...state, wish: factor }) : undefined;
  return context.advise(factor).kind === 'suggest'
    ? goOn({ ...state, postponed: [...state.postponed, factor] })
    : undefined;
}
