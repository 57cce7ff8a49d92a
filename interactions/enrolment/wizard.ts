/** The four steps that move a person from one key to another: confirm the mailbox, select, activate, done. */
import type { RefusedField } from '../../factors/reasons.ts';
import { mayResend } from '../../messages/send-limits.ts';
import { purposeOf } from '../../factors/attempt-counter.ts';
import { mayEnrol } from '../../factors/policy/lifecycle.ts';
import type { Reason } from '../../factors/reasons.ts';
import type { Person } from '../../accounts/person.ts';
import type { Core } from '../services.ts';
import {
  blankReason,
  endsStep,
  goOn,
  refuse,
  say,
  type Act,
  type Acted,
  type Form,
  type StepContext,
} from '../step-handler.ts';
import { noSteps, withoutKey, type Notice, type Steps, type Wizard } from '../sign-in-state.ts';
import type { Turn } from '../context.ts';

/** Begins the wizard for the key just proved. */
export function enterWizard(turn: Turn): Acted {
  const { proof, securing } = turn.steps;
  if (securing && !(proof && isOver(turn, proof.factor))) return enterFurther(turn);
  if (!proof) return say(turn, 'choice_unknown');
  if (turn.targetsOf(proof.factor).length === 0) return refuse(turn, 'replacement_missing', { factor: proof.factor });
  const email = turn.person?.email === undefined ? 'change' : 'show';
  return goOn({ ...turn.steps, wizard: { at: 'confirm-email', from: proof.factor, fromKey: proof.key, email } });
}

const isOver = (turn: Turn, factor: string): boolean => {
  const advice = turn.advise(factor);
  return advice.kind === 'require' && advice.over;
};

/** A key beside what there is. Who has none yet proves the mailbox instead, so there must be one, and it must be theirs alone where that is asked. */
function enterFurther(turn: Turn): Acted {
  const { person, rules, steps } = turn;
  if (!person || (turn.mustProve && !steps.proof)) return say(turn, 'choice_unknown');
  if (!person.email) return refuse(turn, 'mailbox_missing');
  if (rules.barsMailbox(person.email.address)) return refuse(turn, 'mailbox_shared');
  if (turn.targetsOf(undefined).length === 0) return refuse(turn, 'replacement_missing');
  return goOn({ ...steps, wizard: { at: 'confirm-email', email: 'show' } });
}

const at = (turn: Turn, wizard: Wizard): Steps => ({ ...turn.steps, wizard });

/** Leaves the wizard; nothing was changed, the old key is as it was. */
function cancel(turn: Turn): Acted {
  const { wizard: _left, wish: _over, securing: _either, ...rest } = turn.steps;
  return goOn(rest.proof?.purpose === 're-enrolment' ? withoutKey(rest) : rest);
}

export const actConfirmEmail: Act = async ({ turn, form, core }) => {
  const { wizard } = turn.steps;
  if (!wizard || !turn.person) return say(turn, 'choice_unknown');
  const { action } = form;
  const { mailbox, ...bare } = wizard;
  const here: Wizard = { ...wizard, at: 'confirm-email' };
  if (action === 'cancel') return cancel(turn);
  const further = wizard.from === undefined;
  if (action === 'change' && !further) return goOn(at(turn, { ...bare, at: 'confirm-email', email: 'change' }));
  if (action === 'previous') {
    return turn.person.email ? goOn(at(turn, { ...bare, at: 'confirm-email', email: 'show' })) : cancel(turn);
  }
  if (action !== 'continue' && action !== 'resend') return say(turn, 'choice_unknown');
  const occasion = turn.occasion('sign-in');

  // An address that was never proven is proven now: what is activated next may go there.
  const known = turn.person.email;
  const doubted = further ? wizard.mailboxProved === undefined : known?.verifiedAt === undefined;
  const unproven = wizard.email === 'show' && known !== undefined && doubted;
  if (action === 'resend' || wizard.email === 'change' || unproven) {
    if (action === 'resend') {
      if (!mailbox) return say(turn, 'choice_unknown');
      const may = mayResend(mailbox.sentAt, turn.now, core.limits);
      if (!may.ok) return say(turn, 'sending_paused', { until: may.until });
    }
    const address = action === 'resend' ? (mailbox?.email ?? '') : unproven ? known.address : (form['email'] ?? '');
    if (turn.rules.barsMailbox(address.trim())) return say(turn, 'mailbox_shared', { field: 'email' });
    const asked = await core.mailboxes.ask(turn.person, address, occasion);
    if (!asked.ok) return say(turn, asked.reason, { field: 'email', ...untilOf(asked) });
    return goOn(at(turn, { ...here, email: 'prove', mailbox: asked.value }));
  }
  if (wizard.email === 'prove') {
    if (blankReason(form, undefined)) return say(turn, 'input_invalid', { field: 'code' });
    // Whoever looks after the account may have given it another address meanwhile.
    if (!mailbox || (further && mailbox.email !== known?.address)) return say(turn, 'choice_unknown');
    const proved = await core.mailboxes.prove(turn.person.id, mailbox, form, occasion);
    if (!proved.ok) return say(turn, proved.reason, { field: 'code', ...untilOf(proved) });
    // What was sent to the address of before activates nothing at this one.
    const { begun: _before, ...fresh } = bare;
    if (further)
      return goOn(at(turn, { ...fresh, at: 'select-key', email: 'show', mailboxProved: true }), proved.value);
    return goOn(at(turn, { ...fresh, at: 'confirm-email', email: 'show' }), proved.value);
  }
  if (known && turn.rules.barsMailbox(known.address)) return say(turn, 'mailbox_shared');
  return known ? goOn(at(turn, { ...here, at: 'select-key' })) : goOn(at(turn, { ...here, email: 'change' }));
};

export const actSelectKey: Act = async ({ turn, form, core }) => {
  const { wizard } = turn.steps;
  if (!wizard || !turn.person) return say(turn, 'choice_unknown');
  if (form['action'] === 'cancel') return cancel(turn);
  if (form['action'] === 'previous') return goOn(at(turn, { ...wizard, at: 'confirm-email', email: 'show' }));
  const { key } = form;
  if (key === undefined || !turn.targetsOf(wizard.from).some(({ id }) => id === key))
    return say(turn, 'choice_unknown');
  return begin({ turn, form, core }, wizard, key);
};

async function begin(
  { turn, form, core }: Pick<StepContext, 'turn' | 'form' | 'core'>,
  wizard: Wizard,
  key: string,
): Promise<Acted> {
  if (!turn.person) return say(turn, 'choice_unknown');
  // A code that is under way stays the one: going back and forth sends no second mail.
  const { begun } = wizard;
  if (begun?.factor === key && turn.now < begun.expiresAt && form['action'] !== 'resend') {
    return goOn(at(turn, { ...wizard, at: 'activate-key' }));
  }
  const { enrolling } = core;
  const occasion = turn.occasion('sign-in');
  const judged = await (begun?.factor === key && form['action'] === 'resend'
    ? enrolling.again(turn.person, begun, form, occasion)
    : enrolling.begin(turn.person, key, form, occasion));
  if (!judged.ok) return say(turn, judged.reason, untilOf(judged));
  return goOn(at(turn, { ...wizard, at: 'activate-key', begun: { ...judged.value, at: turn.now } }));
}

/** After a refusal, where a question is answered once: the next one, and why. */
async function beginAnew(
  context: Pick<StepContext, 'turn' | 'form' | 'core'>,
  { begun, ...bare }: Wizard,
  notice: Notice,
): Promise<Acted> {
  const acted = await begin(context, bare, begun?.factor ?? '');
  return acted.kind === 'steps' && acted.steps.notice === undefined ? goOn({ ...acted.steps, notice }) : acted;
}

function noteRefusal({ note }: Core, { now: at, person, client }: Turn, factor: string, reason: Reason): void {
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

export const actActivateKey: Act = async ({ turn, form, core }) => {
  const { wizard } = turn.steps;
  if (!wizard?.begun || !turn.person) return say(turn, 'choice_unknown');
  const { begun } = wizard;
  const { action } = form;
  if (action === 'cancel') return cancel(turn);
  if (action === 'previous') {
    if (begun.further === undefined) return goOn(at(turn, { ...wizard, at: 'select-key' }));
    const { begun: _void, ...first } = wizard;
    return begin({ turn, form, core }, first, begun.factor);
  }
  if (action === 'resend') {
    if ((await core.delivery(begun.messages)) === 'failed') return say(turn, 'message_undeliverable');
    const may = mayResend(begun.at, turn.now, core.limits);
    if (!may.ok) return say(turn, 'sending_paused', { until: may.until });
    return begin({ turn, form, core }, wizard, begun.factor);
  }
  if (action !== 'continue') return say(turn, 'choice_unknown');

  const traits = core.factor(begun.factor)?.traits;
  const label = labelIn(form);
  const blank = blankReason(form, traits);
  if (blank !== undefined) return say(turn, blank, { field: 'code', ...keptLabel(label) });
  const judged = await core.enrolling.confirm(turn.person.id, begun, form, turn.occasion('sign-in'));
  if (!judged.ok) {
    const { reason } = judged;
    if (traits?.asksAnew === true && !endsStep.has(reason) && judged.until === undefined)
      return beginAnew({ turn, form, core }, wizard, { reason, field: 'code', ...keptLabel(label) });
    return endsStep.has(reason)
      ? refuse(turn, reason, { factor: begun.factor, ...untilOf(judged) })
      : say(turn, reason, { field: judged.field ?? 'code', ...keptOf(judged), ...untilOf(judged) });
  }
  if ('next' in judged.value) return goOn(at(turn, { ...wizard, begun: { ...judged.value.next, at: turn.now } }));
  const { factor, secret, assurance, unique, audit: facts } = judged.value.proven;
  const replacing = wizard.fromKey === undefined ? {} : { replaces: wizard.fromKey };
  let bound: string | undefined;
  // Old key off, new key on, audit lines and mails: one write.
  const bind = (current: Person): Person | undefined => {
    bound = undefined;
    const old = stillStands(turn, wizard, current);
    const doublet =
      !factor.traits.many && current.keys.some((key) => key.factor === factor.id && key.status === 'active');
    const open = mayEnrol(turn.with({ person: current }).statusOf(factor.id));
    if (!old || doublet || current.disabled || !open) return undefined;
    const binding = {
      factor,
      secret,
      source: 'enrolled',
      by: current.id,
      ...replacing,
      facts,
      ...(unique === undefined ? {} : { unique }),
      ...(label === undefined || !factor.traits.many ? {} : { label }),
    } as const;
    const next = core.enrolments.bind(current, binding, turn.now);
    bound = next.key.id;
    const { [purposeOf(factor.id)]: _reset, ...otherAttempts } = next.person.otherAttempts;
    return { ...next.person, otherAttempts };
  };
  const { id } = turn.person;
  const person =
    unique === undefined ? await core.people.change(id, bind) : await core.people.changeClaiming(id, unique, bind);
  if (person === 'taken') {
    noteRefusal(core, turn, factor.id, 'device_known');
    return beginAnew({ turn, form, core }, wizard, { reason: 'device_known', ...keptLabel(label) });
  }
  if (!person || bound === undefined) {
    const reason = 'key_not_held_or_expired';
    noteRefusal(core, turn, factor.id, reason);
    return refuse(turn, reason, wizard.from === undefined ? {} : { factor: wizard.from });
  }
  const { begun: _spent, ...bare } = wizard;
  return goOn(
    at(turn, { ...bare, at: 'done', bound: { factor: factor.id, key: bound, assurance, at: turn.now } }),
    person,
  );
};

/** What let the new key be activated stands still: the key that makes way or was proved, or that there was none. */
function stillStands({ steps }: Turn, wizard: Wizard, current: Person): boolean {
  const ground = wizard.fromKey ?? steps.proof?.key;
  return ground === undefined
    ? current.keys.every(({ status }) => status === 'off')
    : current.keys.some(({ id, status }) => id === ground && status === 'active');
}

export const actDone: Act = async ({ turn, form }) => {
  const { wizard } = turn.steps;
  if (!wizard?.bound) return say(turn, 'choice_unknown');
  if (form['action'] === 'end-session') return goOn(noSteps);
  if (form['action'] === 'continue') return goOn(at(turn, { ...wizard, leaves: true }));
  return say(turn, 'choice_unknown');
};

const keptOf = ({ kept }: RefusedField) => (kept === undefined ? {} : { kept });
const untilOf = ({ until }: { readonly until?: number }) => (until === undefined ? {} : { until });
