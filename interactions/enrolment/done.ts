/** Last step of the wizard: the new key works, and the sign-in continues with it. */
import { defined } from '../../accounts/defined.ts';
import { spareAdvice } from '../../digital-keys/advise-spare.ts';
import { maySignIn } from '../../factors/policy/lifecycle.ts';
import type { DoneModel } from '../../views/models.ts';
import type { SignInContext } from '../context.ts';
import { heldKeys } from '../key-choices.ts';
import type { PageFacts } from '../page-facts.ts';
import { emptyState } from '../sign-in-state.ts';
import { giveUp, goOn, say, type Act, type Acted } from '../step-handler.ts';
import { beginFallback, fallbackOffered } from './offer-fallback.ts';
import { at, wizardShell } from './wizard.ts';

export const actDone: Act = async (input) => {
  const { context, form } = input;
  const { wizard } = context.state;
  if (!wizard?.bound) return say(context, 'choice_unknown');
  if (context.state.activation) return endActivation(context, form['action']);
  if (form['action'] === 'another') return beginFallback(input);
  if (form['action'] === 'end-session' && !context.action) return goOn(emptyState);
  if (form['action'] === 'continue') {
    const state = at(context, { ...wizard, leaves: true });
    return goOn(context.action ? { ...state, acted: true } : state);
  }
  return say(context, 'choice_unknown');
};

/** Nobody is signed in by an activation: it ends, or another key is activated by the proof of the new one. */
function endActivation(context: SignInContext, action: string | undefined): Acted {
  const { wizard } = context.state;
  if (action === 'end-session') return giveUp;
  if (action !== 'another' || !wizard?.bound || !mayAddAnother(context)) return say(context, 'choice_unknown');
  const proof = { ...wizard.bound, purpose: 'sign-in' } as const;
  return goOn({
    ...context.state,
    chosen: proof.factor,
    proof,
    wizard: { at: 'select-key', email: 'show', mailboxProved: true },
  });
}

function mayAddAnother(context: SignInContext): boolean {
  const { bound } = context.state.wizard ?? {};
  if (!bound) return false;
  const proved = context.with({ state: { ...context.state, proof: { ...bound, purpose: 'sign-in' } } });
  return proved.targetsOf(undefined).length > 0;
}

/** Not where the page offers another key itself. */
function adviceFor(context: SignInContext): DoneModel['advice'] {
  if (context.state.activation || fallbackOffered(context) !== undefined) return undefined;
  const keys = context.person?.keys ?? [];
  const working = keys.filter(
    (key) => key.status === 'active' && maySignIn(context.statusOf(key.factor)) && !context.isOver(key),
  );
  const isFob = (id: string) =>
    context.factors.some(({ factor }) => factor.id === id && factor.traits.inHand?.includes('fob'));
  return spareAdvice(working, isFob);
}

export function donePage(context: SignInContext, facts: PageFacts): DoneModel {
  const { bound, from, further } = context.state.wizard ?? {};
  const isActivation = context.state.activation !== undefined;
  return {
    ...wizardShell(context, facts, 'done', false),
    factor: bound?.factor ?? '',
    from: from ?? '',
    held: heldKeys(context.person, bound === undefined ? [] : [bound.key]),
    mayContinue: !isActivation,
    ...(isActivation && mayAddAnother(context) ? { mayAddAnother: true } : {}),
    ...defined({ further, asks: fallbackOffered(context), advice: adviceFor(context) }),
  };
}
