import type { Occasion } from '../../factors/verify-key.ts';
import type { Reason } from '../../factors/reasons.ts';
import { mayResend } from '../../messages/send-limits.ts';
import type { InteractionServices } from '../services.ts';
import { blankReason, endsStep, goOn, refuse, say, type Act, type Acted, type Form } from '../step-handler.ts';
import { choose } from './choose-key.ts';
import { besidesKey, type SignInState } from '../sign-in-state.ts';
import type { SignInContext } from '../context.ts';

/** Past its last day, and where it is not taken, a key proves who asks for another one, and nothing else. */
function purposeOf(context: SignInContext): Occasion['purpose'] {
  const { chosen, securing } = context.steps;
  if (securing && !context.suitable.some(({ factor }) => factor.id === chosen)) return 're-enrolment';
  const advice = chosen === undefined ? undefined : context.advise(chosen);
  return advice?.kind === 'require' && advice.over ? 're-enrolment' : 'sign-in';
}

/** By this relying party; or, where another key is to be activated, by us. */
const taken = ({ suitable, provableKeys, steps }: SignInContext, kind: string): boolean =>
  suitable.some(({ factor }) => factor.id === kind) ||
  (steps.securing === true && provableKeys.some(({ factor }) => factor === kind));

/** Asks for the key: draws a position, sends a code … */
export async function enterProveKey(context: SignInContext, core: InteractionServices): Promise<Acted> {
  const { chosen } = context.steps;
  const { person } = context;
  if (chosen === undefined || !person) return refuse(context, 'key_not_held_or_expired');
  const no = (reason: Reason, until?: number): Acted => {
    const { now: at, client } = context;
    core.note({
      at,
      actor: person.id,
      action: 'key.refused',
      person: person.id,
      factor: chosen,
      client: client.id,
      reason,
    });
    return refuse(context, reason, { factor: chosen, ...(until === undefined ? {} : { until }) });
  };
  const key = person.keys
    .filter(({ factor, status }) => factor === chosen && status !== 'off')
    .toSorted(
      (a, b) =>
        Number(b.status === 'active') - Number(a.status === 'active') ||
        (b.lastUsedAt ?? b.boundAt) - (a.lastUsedAt ?? a.boundAt),
    )[0];
  if (!key || !taken(context, chosen)) return no('key_not_held_or_expired');
  if (key.status === 'blocked') return no('key_blocked');
  const asked = await core.proofs.challenge(person, key.id, context.occasion(purposeOf(context)));
  if (!asked.ok) return no(asked.reason, asked.until);
  const { pausedUntil, ...value } = asked.value;
  const steps: SignInState = { ...context.steps, asked: { ...value, at: value.sentAt ?? context.now } };
  // What was sent for the sign-in before this one stands, and can be answered here.
  return goOn(
    pausedUntil === undefined ? steps : { ...steps, notice: { reason: 'sending_paused', until: pausedUntil } },
  );
}

/** What was asked has been answered, here or elsewhere: ask for something else, where that sends nothing. */
async function askAnew(context: SignInContext, core: InteractionServices, reason: Reason): Promise<Acted> {
  const said = say(context, reason, { field: 'code' });
  const factor = context.steps.asked && core.factor(context.steps.asked.factor);
  if (!factor || factor.traits.sends !== undefined) return said;
  const { asked: _void, ...rest } = context.steps;
  const acted = await enterProveKey(context.with({ steps: rest }), core);
  return acted.kind === 'steps' && acted.steps.asked
    ? goOn({ ...acted.steps, notice: { reason, field: 'code' } })
    : acted;
}

/** The box is off whenever it is not sent along: only its last state counts. */
function ticked(context: SignInContext, form: Form): SignInContext {
  const { trust: _before, ...rest } = context.steps;
  const steps: SignInState =
    form['trust'] === 'yes' && context.mayTrust !== undefined ? { ...rest, trust: true } : rest;
  return context.with({ steps });
}

export const actProveKey: Act = async ({ context: given, form, core }) => {
  const context = ticked(given, form);
  const { asked, person } = context.steps;
  if (form['action'] === 'other-key') return goOn(besidesKey(context.steps));
  if (form['action'] === 'find-key') return goOn({ ...besidesKey(context.steps), finding: true });
  const { key } = form;
  // A button that names a key sends no action along; beside one it is nobody's.
  if (key !== undefined && form['action'] === undefined)
    return context.others.includes(key) ? choose(context, key) : say(context, 'choice_unknown');
  if (!asked || person === undefined) return say(context, 'choice_unknown');
  if (form['action'] === 'resend') {
    if ((await core.delivery(asked.messages)) === 'failed') return say(context, 'message_undeliverable');
    const may = mayResend(asked.at, context.now, core.limits);
    if (!may.ok) return say(context, 'sending_paused', { until: may.until });
    const { asked: _old, ...rest } = context.steps;
    return enterProveKey(context.with({ steps: rest }), core);
  }

  const traits = core.factor(asked.factor)?.traits;
  const blank = blankReason(form, traits);
  if (blank !== undefined) return say(context, blank, { field: 'code' });
  const purpose = purposeOf(context);
  const judged = await core.proofs.verify(person, asked, form, context.occasion(purpose));
  if (!judged.ok) {
    const { reason, until } = judged;
    const extra = until === undefined ? {} : { until };
    const ends = endsStep.has(reason);
    if (reason === 'code_used' || (traits?.asksAnew === true && !ends && until === undefined))
      return askAnew(context, core, reason);
    return ends
      ? refuse(context, reason, { factor: asked.factor, ...extra })
      : say(context, reason, { field: 'code', ...extra });
  }
  const { asked: _spent, ...rest } = context.steps;
  const steps: SignInState = { ...rest, proof: { ...judged.value.proof, purpose } };
  return goOn(steps, judged.value.person);
};
