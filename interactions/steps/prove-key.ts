/** The proof of a key: sends the challenge and judges the answer. */
import type { Key, Person } from '../../accounts/person.ts';
import type { FactorId } from '../../factors/contract.ts';
import type { Occasion } from '../../digital-keys/occasion.ts';
import type { Reason } from '../../factors/reasons.ts';
import { mayResend } from '../../messages/send-limits.ts';
import type { AskingServices, InteractionServices } from '../services.ts';
import type { ProveKeyModel } from '../../views/models.ts';
import { audit } from '../audit-event.ts';
import { choices, heldKeys, mayFind, retirementOf } from '../key-choices.ts';
import { resendIn, type PageFacts } from '../page-facts.ts';
import {
  blankReason,
  endsStep,
  giveUp,
  goOn,
  refuse,
  say,
  untilOf,
  withNewCode,
  type Act,
  type Acted,
  type Leaving,
  type Form,
  type StepInput,
} from '../step-handler.ts';
import { choose } from './choose-key.ts';
import { leaveForgotten } from '../forgotten-steps.ts';
import { resetKeys } from '../reset-need.ts';
import { besidesKey, type SignInState } from '../sign-in-state.ts';
import type { SignInContext } from '../context.ts';

type AskedAt = NonNullable<SignInState['asked']>;

const oneDay = 86_400_000;
/** Actions after which nobody chooses a new key. */
const withoutNewKey: ReadonlySet<string> = new Set(['remove-key', 'change-password', 'change-email']);

/**
 * After its last day, and where the relying party does not accept it, a key only proves a person who wants another key.
 */
export function purposeOf(context: SignInContext): Occasion['purpose'] {
  const { chosen, securing, forgotten } = context.state;
  if ((securing || forgotten) && !context.suitable.some(({ factor }) => factor.id === chosen)) return 're-enrolment';
  const advice = chosen === undefined ? undefined : context.advise(chosen);
  return advice?.kind === 'require' && advice.over ? 're-enrolment' : 'sign-in';
}

/**
 * Accepted by this relying party; by us, where another key is to be activated; beside the mailbox, for a new password.
 */
const taken = (context: SignInContext, kind: string): boolean => {
  const { suitable, provableKeys, state } = context;
  const ofKind = ({ factor }: Key) => factor === kind;
  if (state.forgotten) return resetKeys(context).some(ofKind);
  return suitable.some(({ factor }) => factor.id === kind) || (state.securing === true && provableKeys.some(ofKind));
};

/** The key to ask for, before its dates are judged; or the reason why there is none. */
export function askedKey(context: SignInContext, person: Person, chosen: FactorId): Key | Reason {
  const key = keyToAsk(person, chosen);
  if (!key || !taken(context, chosen)) return 'key_not_held_or_expired';
  return key.status === 'blocked' ? 'key_blocked' : key;
}

/** Makes the challenge: draws a position, sends a code … */
export async function enterProveKey(context: SignInContext, core: AskingServices): Promise<Acted> {
  const { chosen } = context.state;
  const { person } = context;
  if (chosen === undefined || !person) return refuse(context, 'key_not_held_or_expired');
  const no = (reason: Reason, until?: number): Acted => {
    core.note(audit(context, 'key.refused', { person: person.id, factor: chosen, reason }));
    return refuse(context, reason, { factor: chosen, ...untilOf({ until }) });
  };
  const key = askedKey(context, person, chosen);
  if (typeof key === 'string') return no(key);
  const asked = await core.proofs.challenge(person, key.id, context.occasion(purposeOf(context)));
  if (!asked.ok) return no(asked.reason, asked.until);
  const { pausedUntil, ...value } = asked.value;
  const state: SignInState = { ...context.state, asked: { ...value, at: value.sentAt ?? context.now } };
  // The code of the sign-in before this one is still valid and can be answered here.
  return goOn(
    pausedUntil === undefined ? state : { ...state, notice: { reason: 'sending_paused', until: pausedUntil } },
  );
}

const lastAt = ({ lastUsedAt, boundAt }: Key): number => lastUsedAt ?? boundAt;

/** An active key before a blocked one; of several, the last used. */
function keyToAsk({ keys }: Person, chosen: FactorId): Key | undefined {
  return keys
    .filter(({ factor, status }) => factor === chosen && status !== 'off')
    .toSorted((a, b) => Number(b.status === 'active') - Number(a.status === 'active') || lastAt(b) - lastAt(a))[0];
}

/** The challenge was answered, here or elsewhere: make a new one, where that sends nothing. */
async function askAnew(context: SignInContext, core: InteractionServices, reason: Reason): Promise<Acted> {
  const said = say(context, reason, { field: 'code' });
  const factor = context.state.asked && core.factor(context.state.asked.factor);
  if (!factor || factor.traits.sends !== undefined) return said;
  const { asked: _void, ...rest } = context.state;
  const acted = await enterProveKey(context.with({ state: rest }), core);
  return acted.kind === 'state' && acted.state.asked
    ? goOn({ ...acted.state, notice: { reason, field: 'code' } })
    : acted;
}

/** A form without the checkbox unticks it: only its last state counts. */
function ticked(context: SignInContext, form: Form): SignInContext {
  const { trust: _before, ...rest } = context.state;
  const state: SignInState =
    form['trust'] === 'yes' && context.mayTrust !== undefined ? { ...rest, trust: true } : rest;
  return context.with({ state });
}

export const actProveKey: Act = async (input) => {
  const { form } = input;
  const context = input.cameBack ? input.context : ticked(input.context, form);
  const { asked, person } = context.state;
  if (form['action'] === 'cancel' && context.state.forgotten) return goOn(leaveForgotten(context.state));
  if (form['action'] === 'cancel' && context.action) return giveUp;
  if (form['action'] === 'other-key') return goOn(besidesKey(context.state));
  if (form['action'] === 'find-key' && !context.state.forgotten)
    return goOn({ ...besidesKey(context.state), finding: true });
  const { key } = form;
  // A button that names a key sends no `action`; a form with both was not made by our page.
  if (key !== undefined && form['action'] === undefined)
    return context.others.includes(key) ? choose(context, key) : say(context, 'choice_unknown');
  if (!asked || person === undefined) return say(context, 'choice_unknown');
  return form['action'] === 'resend' ? resend(context, input.core, asked) : judge(context, input, person, asked);
};

async function resend(context: SignInContext, core: InteractionServices, asked: AskedAt): Promise<Acted> {
  if ((await core.delivery(asked.messages)) === 'failed') return say(context, 'message_undeliverable');
  const may = mayResend(asked.at, context.now, core.limits);
  if (!may.ok) return say(context, 'sending_paused', { until: may.until });
  const { asked: _old, ...rest } = context.state;
  return withNewCode(await enterProveKey(context.with({ state: rest }), core));
}

/** To the site at which the key is proved; or why that is not possible. */
async function leave(context: SignInContext, core: InteractionServices, asked: AskedAt): Promise<Acted | Leaving> {
  const left = await core.proofs.leave(asked, context.occasion(purposeOf(context)));
  if (left.ok) return { kind: 'leave', state: context.state, to: left.value.to };
  return left.reason === 'code_expired' ? askAnew(context, core, left.reason) : say(context, left.reason);
}

async function judge(
  context: SignInContext,
  { form, core, cameBack }: StepInput,
  person: string,
  asked: AskedAt,
): Promise<Acted | Leaving> {
  if (asked.away && !cameBack) return leave(context, core, asked);
  const traits = core.factor(asked.factor)?.traits;
  const blank = cameBack ? undefined : blankReason(form, traits);
  if (blank !== undefined) return say(context, blank, { field: 'code' });
  const purpose = purposeOf(context);
  const judged = await core.proofs.verify(person, asked, form, context.occasion(purpose));
  if (!judged.ok) {
    const { reason, until } = judged;
    const ends = endsStep.has(reason);
    if (reason === 'code_used' || (traits?.asksAnew === true && !ends && until === undefined))
      return askAnew(context, core, reason);
    return ends
      ? refuse(context, reason, { factor: asked.factor, ...untilOf(judged) })
      : say(context, reason, { field: 'code', ...untilOf(judged) });
  }
  const { asked: _spent, ...rest } = context.state;
  const state: SignInState = { ...rest, proof: { ...judged.value.proof, purpose } };
  return goOn(state, judged.value.person);
}

export function proveKeyPage(context: SignInContext, facts: PageFacts): ProveKeyModel {
  const { asked, securing, wish, trust, forgotten } = context.state;
  const factor = asked?.factor ?? '';
  const advice = context.advise(factor);
  const traits = context.factors.find((one) => one.factor.id === factor)?.factor.traits;
  return {
    ...facts.shell,
    factor,
    shows: asked?.shows ?? {},
    scripted: traits?.script === true,
    ownScript: traits?.script === 'own',
    held: heldKeys(context.person, asked === undefined ? [] : [asked.key, ...(asked.among ?? [])]),
    detail: asked?.detail ?? '',
    ...(asked?.left === undefined ? {} : { left: asked.left }),
    ...(asked?.worksUntil === undefined ? {} : { worksUntil: asked.worksUntil }),
    mayResend: traits?.sends !== undefined,
    ...resendIn(context, asked?.at, facts),
    others: choices(context, context.others),
    ...(context.mayTrust === undefined || forgotten ? {} : { trustDays: Math.round(context.mayTrust / oneDay) }),
    trust: trust === true,
    mayChooseOther:
      forgotten === undefined &&
      ((context.order === 'key-first' && !context.action) ||
        (context.others.length === 0 && context.offered.length > 1)),
    mayFind: mayFind(context),
    ...retirementOf(context, factor),
    forPassword: forgotten !== undefined,
    forMigration:
      forgotten === undefined &&
      ((context.action === undefined ? securing === true : !withoutNewKey.has(context.action.kind)) ||
        wish === factor ||
        (advice.kind === 'require' && advice.over)),
  };
}
