/** The four steps that move a person from one key to another: confirm the mailbox, select, activate, done. */
import type { RefusedField } from '../../factors/reasons.ts';
import { mayResend } from '../../messages/send-limits.ts';
import { otherSettled, purposeOf } from '../../factors/attempt-counter.ts';
import { permitUsed } from '../../factors/permits.ts';
import { mayEnrol } from '../../factors/policy/lifecycle.ts';
import type { Reason } from '../../factors/reasons.ts';
import type { Person } from '../../accounts/person.ts';
import type { InteractionServices } from '../services.ts';
import {
  blankReason,
  endsStep,
  goOn,
  refuse,
  say,
  type Act,
  type Acted,
  type Form,
  type StepInput,
} from '../step-handler.ts';
import { emptyState, withoutKey, type Notice, type SignInState, type Wizard } from '../sign-in-state.ts';
import { isRecent, proveAgain, stillStands } from './standing-proof.ts';
import type { SignInContext } from '../context.ts';

/** Begins the wizard for the key just proved. */
export function enterWizard(context: SignInContext): Acted {
  const { proof, securing } = context.steps;
  if (securing && !(proof && isOver(context, proof.factor))) return enterFurther(context);
  if (!proof) return say(context, 'choice_unknown');
  if (context.targetsOf(proof.factor).length === 0)
    return refuse(context, context.whyNoTarget(proof.factor), { factor: proof.factor });
  if (context.person?.email === undefined && !context.mayChangeAddress)
    return refuse(context, 'mailbox_missing', { factor: proof.factor });
  const email = context.person?.email === undefined ? 'change' : 'show';
  return goOn({ ...context.steps, wizard: { at: 'confirm-email', from: proof.factor, fromKey: proof.key, email } });
}

const isOver = (context: SignInContext, factor: string): boolean => {
  const advice = context.advise(factor);
  return advice.kind === 'require' && advice.over;
};

/** A key beside what there is. Who has none yet proves the mailbox instead, so there must be one, and it must be theirs alone where that is asked. */
function enterFurther(context: SignInContext): Acted {
  const { person, rules, steps } = context;
  if (!person || (context.mustProve && !steps.proof)) return say(context, 'choice_unknown');
  if (!person.email) return refuse(context, 'mailbox_missing');
  if (rules.barsMailbox(person.email.address)) return refuse(context, 'mailbox_shared');
  if (context.targetsOf(undefined).length === 0) {
    const { factor } = steps.proof ?? {};
    return refuse(context, context.whyNoTarget(undefined), factor === undefined ? {} : { factor });
  }
  return goOn({ ...steps, wizard: { at: 'confirm-email', email: 'show' } });
}

const at = (context: SignInContext, wizard: Wizard): SignInState => ({ ...context.steps, wizard });

/** Leaves the wizard; nothing was changed, the old key is as it was. */
function cancel(context: SignInContext): Acted {
  const { wizard: _left, wish: _over, securing: _either, ...rest } = context.steps;
  return goOn(rest.proof?.purpose === 're-enrolment' ? withoutKey(rest) : rest);
}

export const actConfirmEmail: Act = async ({ context, form, core }) => {
  const { wizard } = context.steps;
  if (!wizard || !context.person) return say(context, 'choice_unknown');
  const { action } = form;
  const { mailbox, ...bare } = wizard;
  const here: Wizard = { ...wizard, at: 'confirm-email' };
  if (action === 'cancel') return cancel(context);
  const further = wizard.from === undefined;
  if (action === 'change' && !further && context.mayChangeAddress)
    return goOn(at(context, { ...bare, at: 'confirm-email', email: 'change' }));
  if (action === 'previous') {
    return context.person.email ? goOn(at(context, { ...bare, at: 'confirm-email', email: 'show' })) : cancel(context);
  }
  if (action === 'change' && !further) return say(context, 'stronger_proof_needed');
  if (action !== 'continue' && action !== 'resend') return say(context, 'choice_unknown');
  const occasion = context.occasion('sign-in');

  // An address that was never proven is proven now: what is activated next may go there.
  const known = context.person.email;
  const doubted = further ? wizard.mailboxProved === undefined : known?.verifiedAt === undefined;
  const unproven = wizard.email === 'show' && known !== undefined && doubted;
  if (action === 'resend' || wizard.email === 'change' || unproven) {
    if (action === 'resend') {
      if (!mailbox) return say(context, 'choice_unknown');
      const may = mayResend(mailbox.sentAt, context.now, core.limits);
      if (!may.ok) return say(context, 'sending_paused', { until: may.until });
    }
    const address = action === 'resend' ? (mailbox?.email ?? '') : unproven ? known.address : (form['email'] ?? '');
    if (address.trim() !== known?.address) {
      if (!context.mayChangeAddress) return say(context, 'stronger_proof_needed');
      if (!isRecent(context)) return proveAgain(context);
    }
    if (context.rules.barsMailbox(address.trim())) return say(context, 'mailbox_shared', { field: 'email' });
    const asked = await core.emailVerification.ask(context.person, address, occasion);
    if (!asked.ok) return say(context, asked.reason, { field: 'email', ...untilOf(asked) });
    return goOn(at(context, { ...here, email: 'prove', mailbox: asked.value }));
  }
  if (wizard.email === 'prove') {
    if (blankReason(form, undefined)) return say(context, 'input_invalid', { field: 'code' });
    // Whoever looks after the account may have given it another address meanwhile.
    if (!mailbox || (further && mailbox.email !== known?.address)) return say(context, 'choice_unknown');
    const may = (person: Person) =>
      person.email?.address === mailbox.email || context.with({ person }).mayChangeAddress;
    const proved = await core.emailVerification.prove(context.person.id, mailbox, form, occasion, may);
    if (!proved.ok) return say(context, proved.reason, { field: 'code', ...untilOf(proved) });
    // What was sent to the address of before activates nothing at this one.
    const { begun: _before, ...fresh } = bare;
    if (further)
      return goOn(at(context, { ...fresh, at: 'select-key', email: 'show', mailboxProved: true }), proved.value);
    return goOn(at(context, { ...fresh, at: 'confirm-email', email: 'show' }), proved.value);
  }
  if (known && context.rules.barsMailbox(known.address)) return say(context, 'mailbox_shared');
  return known ? goOn(at(context, { ...here, at: 'select-key' })) : goOn(at(context, { ...here, email: 'change' }));
};

export const actSelectKey: Act = async ({ context, form, core }) => {
  const { wizard } = context.steps;
  if (!wizard || !context.person) return say(context, 'choice_unknown');
  if (form['action'] === 'cancel') return cancel(context);
  if (form['action'] === 'previous') return goOn(at(context, { ...wizard, at: 'confirm-email', email: 'show' }));
  const { key } = form;
  if (key === undefined || !context.targetsOf(wizard.from).some(({ id }) => id === key))
    return say(context, 'choice_unknown');
  return begin({ context, form, core }, wizard, key);
};

async function begin(
  { context, form, core }: Pick<StepInput, 'context' | 'form' | 'core'>,
  wizard: Wizard,
  key: string,
): Promise<Acted> {
  if (!context.person) return say(context, 'choice_unknown');
  // A code that is under way stays the one: going back and forth sends no second mail.
  const { begun } = wizard;
  if (begun?.factor === key && context.now < begun.expiresAt && form['action'] !== 'resend') {
    return goOn(at(context, { ...wizard, at: 'activate-key' }));
  }
  const { enrolling } = core;
  const occasion = context.occasion('sign-in');
  const judged = await (begun?.factor === key && form['action'] === 'resend'
    ? enrolling.again(context.person, begun, form, occasion)
    : enrolling.begin(context.person, key, form, occasion));
  if (!judged.ok) return say(context, judged.reason, untilOf(judged));
  return goOn(at(context, { ...wizard, at: 'activate-key', begun: { ...judged.value, at: context.now } }));
}

/** After a refusal, where a question is answered once: the next one, and why. */
async function beginAnew(
  context: Pick<StepInput, 'context' | 'form' | 'core'>,
  { begun, ...bare }: Wizard,
  notice: Notice,
): Promise<Acted> {
  const acted = await begin(context, bare, begun?.factor ?? '');
  return acted.kind === 'steps' && acted.steps.notice === undefined ? goOn({ ...acted.steps, notice }) : acted;
}

function noteRefusal(
  { note }: InteractionServices,
  { now: at, person, client }: SignInContext,
  factor: string,
  reason: Reason,
): void {
  const id = person?.id ?? '';
  note({ at, actor: id, action: 'enrolment.refused', person: id, factor, client: client.id, reason });
}

const longestLabel = 60;

/** The person's own name for the key, as plain text on one line. */
function labelIn({ label = '' }: Form): string | undefined {
  const plain = label.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return plain === '' ? undefined : Array.from(plain).slice(0, longestLabel).join('');
}
const keptLabel = (label: string | undefined) => (label === undefined ? {} : { kept: { label } });

export const actActivateKey: Act = async ({ context, form, core }) => {
  const { wizard } = context.steps;
  if (!wizard?.begun || !context.person) return say(context, 'choice_unknown');
  const { begun } = wizard;
  const { action } = form;
  if (action === 'cancel') return cancel(context);
  if (action === 'previous') {
    if (begun.further === undefined) return goOn(at(context, { ...wizard, at: 'select-key' }));
    const { begun: _void, ...first } = wizard;
    return begin({ context, form, core }, first, begun.factor);
  }
  if (action === 'resend') {
    if ((await core.delivery(begun.messages)) === 'failed') return say(context, 'message_undeliverable');
    const may = mayResend(begun.at, context.now, core.limits);
    if (!may.ok) return say(context, 'sending_paused', { until: may.until });
    return begin({ context, form, core }, wizard, begun.factor);
  }
  if (action !== 'continue') return say(context, 'choice_unknown');

  const traits = core.factor(begun.factor)?.traits;
  const label = labelIn(form);
  const blank = blankReason(form, traits);
  if (blank !== undefined) return say(context, blank, { field: 'code', ...keptLabel(label) });
  const judged = await core.enrolling.confirm(context.person.id, begun, form, context.occasion('sign-in'));
  if (!judged.ok) {
    const { reason } = judged;
    if (traits?.asksAnew === true && !endsStep.has(reason) && judged.until === undefined)
      return beginAnew({ context, form, core }, wizard, { reason, field: 'code', ...keptLabel(label) });
    return endsStep.has(reason)
      ? refuse(context, reason, { factor: begun.factor, ...untilOf(judged) })
      : say(context, reason, { field: judged.field ?? 'code', ...keptOf(judged), ...untilOf(judged) });
  }
  if ('next' in judged.value) return goOn(at(context, { ...wizard, begun: { ...judged.value.next, at: context.now } }));
  const { factor, secret, assurance, unique, audit: facts } = judged.value.proven;
  const replacing = wizard.fromKey === undefined ? {} : { replaces: wizard.fromKey };
  let bound: string | undefined;
  // Old key off, new key on, audit lines and mails: one write.
  const bind = (current: Person): Person | undefined => {
    bound = undefined;
    const old = stillStands(context, wizard, current, factor.id);
    const doublet =
      !(factor.traits.many || (factor.traits.fallback && wizard.from === undefined)) &&
      current.keys.some((key) => key.factor === factor.id && key.status === 'active');
    const open = mayEnrol(context.with({ person: current }).statusOf(factor.id));
    if (!old || doublet || current.disabled || !open) return undefined;
    const binding = {
      factor,
      secret,
      source: 'enrolled',
      by: current.id,
      ...replacing,
      facts,
      strength: assurance.strength,
      carries: context.with({ person: current }).carriedFrom(wizard.fromKey),
      ...(unique === undefined ? {} : { unique }),
      ...(label === undefined || !factor.traits.many ? {} : { label }),
    } as const;
    const next = core.enrolments.bind(current, binding, context.now);
    bound = next.key.id;
    return permitUsed(otherSettled(next.person, purposeOf(factor.id)), next.key.id, context.now);
  };
  const { id } = context.person;
  const person =
    unique === undefined ? await core.people.change(id, bind) : await core.people.changeClaiming(id, unique, bind);
  if (person === 'taken') {
    noteRefusal(core, context, factor.id, 'device_known');
    return beginAnew({ context, form, core }, wizard, { reason: 'device_known', ...keptLabel(label) });
  }
  if (!person || bound === undefined) {
    const reason = 'key_not_held_or_expired';
    noteRefusal(core, context, factor.id, reason);
    return refuse(context, reason, wizard.from === undefined ? {} : { factor: wizard.from });
  }
  const { begun: _spent, ...bare } = wizard;
  return goOn(
    at(context, { ...bare, at: 'done', bound: { factor: factor.id, key: bound, assurance, at: context.now } }),
    person,
  );
};

export const actDone: Act = async ({ context, form }) => {
  const { wizard } = context.steps;
  if (!wizard?.bound) return say(context, 'choice_unknown');
  if (form['action'] === 'end-session') return goOn(emptyState);
  if (form['action'] === 'continue') return goOn(at(context, { ...wizard, leaves: true }));
  return say(context, 'choice_unknown');
};

const keptOf = ({ kept }: RefusedField) => (kept === undefined ? {} : { kept });
const untilOf = ({ until }: { readonly until?: number }) => (until === undefined ? {} : { until });
