/** The end of a refused sign-in: the reason, and the ways on. */
import { defined } from '../../accounts/defined.ts';
import type { RefusedModel } from '../../views/models.ts';
import type { PageFacts } from '../page-facts.ts';
import { canAddElsewhere } from '../prospect.ts';
import { furtherLinksOf } from '../further-links.ts';
import { goOn, say, type Act } from '../step-handler.ts';
import { emptyState, withoutKey, type Refusal } from '../sign-in-state.ts';
import { leaveForgotten } from '../forgotten-steps.ts';
import { leaveSecuring, secure } from '../enrolment/secure-account.ts';
import type { Reason } from '../../factors/reasons.ts';
import type { SignInContext } from '../context.ts';

/** The error that the relying party gets when the person cancels there; otherwise `access_denied`. */
const errorOf: Readonly<Partial<Record<Reason, 'login_required' | 'unmet_authentication_requirements'>>> = {
  account_unexpected: 'login_required',
  level_unreachable: 'unmet_authentication_requirements',
  no_usable_key: 'unmet_authentication_requirements',
};

/** Reasons that advise to use another key. */
const keyIsOver: ReadonlySet<Reason> = new Set<Reason>([
  'key_not_held_or_expired',
  'key_exhausted',
  'key_expired',
  'key_blocked',
]);

/** The ways on from a refusal, the most useful first. */
export function waysOn(context: SignInContext, refusal: Refusal): readonly string[] {
  const ways = waysFrom(context, refusal);
  // An action leads back to the application, not to a sign-in.
  return context.action ? ways.filter((way) => way !== 'back') : ways;
}

function waysFrom(context: SignInContext, { reason, factor }: Refusal): readonly string[] {
  if (context.action?.kind === 'activate' && !context.state.activation?.done) return ['cancel'];
  switch (reason) {
    case 'attempts_paused':
    case 'sending_paused':
    case 'messages_paused':
      return ['again', 'other-key', 'cancel'];
    case 'mailbox_missing':
    case 'mailbox_shared':
    case 'replacement_missing':
      if (context.state.securing) return context.secondStep.kind === 'enrol' ? ['cancel'] : ['back', 'cancel'];
      return otherWays(context, factor);
    case 'stronger_proof_needed': {
      const others = otherWays(context, factor).filter((way) => way !== 'cancel');
      return context.state.securing && context.secondStep.kind !== 'enrol'
        ? [...others, 'back', 'cancel']
        : [...others, 'cancel'];
    }
    case 'account_unexpected':
      return ['other-account', 'cancel'];
    case 'password_reset_impossible':
      return ['back', 'cancel'];
    case 'no_usable_key':
    case 'level_unreachable':
      // The person at the browser may be another than the one who is signed in.
      return context.state.why === undefined ? ['cancel'] : ['other-account', 'cancel'];
    case 'key_unknown':
    case 'key_last':
    case 'account_disabled':
      return ['cancel'];
    default:
      return otherWays(context, factor);
  }
}

/** A person none of whose keys is accepted here activates one that is, where the deployment permits it. */
const mayActivate = ({ secondStep, state, action, person }: SignInContext): boolean =>
  secondStep.kind === 'enrol' && person !== undefined && state.passwordAt !== undefined && !state.securing && !action;

function otherWays(context: SignInContext, factor: string | undefined): readonly string[] {
  const first = mayActivate(context) ? ['secure'] : [];
  return [...first, ...(hasOther(context, factor) ? ['other-key'] : []), 'cancel'];
}

/** Whether there is a key to choose: of a person who is known, one of theirs that signs in now. */
function hasOther({ state, offered, usableKeys, provableKeys, person }: SignInContext, factor: string | undefined) {
  const known = person !== undefined && state.passwordAt !== undefined;
  return known ? (state.securing ? provableKeys : usableKeys).length > 0 : offered.some((id) => id !== factor);
}

/**
 * What a person can do who is known, and has no other key: the reason itself would advise to use one, or to ask for one.
 *
 * @param myKeys whether there is a place where people look after their keys
 */
function nextFor(context: SignInContext, { reason, factor }: Refusal, myKeys: boolean): RefusedModel['next'] {
  const known = context.person !== undefined && context.state.passwordAt !== undefined;
  if (reason === 'no_usable_key') return myKeys && canAddElsewhere(context) ? 'add' : undefined;
  if (!keyIsOver.has(reason) || !known || hasOther(context, factor)) return undefined;
  if (mayActivate(context)) return 'activate';
  return myKeys && canAddElsewhere(context) ? 'add' : 'ask';
}

/** The reason of a refusal: the judgement, a key whose last day passed after the proof, or no key to choose from. */
export function refusalOf({ state, person, unexpected, linkFault }: SignInContext): Refusal {
  if (state.refused) return state.refused;
  if (linkFault !== undefined) return { reason: linkFault };
  if (unexpected) return { reason: 'account_unexpected' };
  if (state.forgotten) return { reason: 'password_reset_impossible' };
  if (state.proof) return { reason: 'key_not_held_or_expired', factor: state.proof.factor };
  return { reason: person ? 'no_usable_key' : 'level_unreachable' };
}

export const actRefused: Act = async ({ context, form }) => {
  const { action = '' } = form;
  const { refused: _over, ...rest } = context.state;
  const refused = refusalOf(context);
  if (!waysOn(context, refused).includes(action)) return say(context, 'choice_unknown');
  switch (action) {
    case 'again':
      return goOn(rest);
    case 'other-key':
      return goOn(withoutKey(rest));
    case 'secure':
      return secure(context.with({ state: rest }));
    case 'other-account':
      return goOn(emptyState);
    case 'back':
      return goOn(leaveSecuring(leaveForgotten(rest)));
    default:
      return {
        kind: 'abort',
        error: (context.action ? undefined : errorOf[refused.reason]) ?? 'access_denied',
      };
  }
};

export function refusedPage(context: SignInContext, { shell }: PageFacts): RefusedModel {
  const refusal = refusalOf(context);
  const { reason, factor, until } = refusal;
  const furtherLinks = furtherLinksOf(reason, shell.links);
  const actions = waysOn(context, refusal);
  const more = defined({ factor, until, next: nextFor(context, refusal, furtherLinks.myKeys !== undefined) });
  return { ...shell, ...beginAnew(context, actions), reason, furtherLinks, actions, ...more };
}

/** Where nothing is left but giving up, or another account, the sign-in can begin anew at the service, if that is known to begin one. */
function beginAnew(
  { client, action, language }: SignInContext,
  actions: readonly string[],
): Pick<RefusedModel, 'service'> {
  const isEnd = action === undefined && actions.every((one) => one === 'cancel' || one === 'other-account');
  return isEnd && client.begin !== undefined ? { service: { name: client.nameIn(language), url: client.begin } } : {};
}
