/** Third step of the wizard: the person proves the new key, which then replaces the old one. */
import { defined } from '../../accounts/defined.ts';
import { keyLabel } from '../../accounts/key-label.ts';
import { readableAddress } from '../../accounts/mail-address.ts';
import type { Person } from '../../accounts/person.ts';
import type { Proven } from '../../digital-keys/enrol-key.ts';
import { exchangeKey } from '../../digital-keys/exchange-key.ts';
import type { Factor } from '../../factors/contract.ts';
import { mayEnrol } from '../../factors/policy/lifecycle.ts';
import type { Judged, Reason } from '../../factors/reasons.ts';
import { mayResend } from '../../messages/send-limits.ts';
import type { ActivateKeyModel } from '../../views/models.ts';
import { completeActivation } from '../activation/complete-activation.ts';
import { linkFault } from '../activation/link.ts';
import { audit } from '../audit-event.ts';
import type { SignInContext } from '../context.ts';
import { resendIn, type PageFacts } from '../page-facts.ts';
import type { Wizard } from '../sign-in-state.ts';
import {
  blankReason,
  endsStep,
  goOn,
  refuse,
  say,
  untilOf,
  withNewCode,
  type Act,
  type Acted,
  type Leaving,
  type StepInput,
} from '../step-handler.ts';
import { begin, beginAnew } from './begin-key.ts';
import { backToDone } from './offer-fallback.ts';
import { isInTime, proveAgain, stillStands } from './standing-proof.ts';
import { at, cancel, wizardShell } from './wizard.ts';

/** The wizard with a new key that was begun. */
type Activating = Wizard & { readonly begun: NonNullable<Wizard['begun']> };

/** The first key of an activation, with which the rest of it is written. */
const isActivation = ({ action, state }: SignInContext): boolean =>
  action?.kind === 'activate' && !state.activation?.done;

const isActivating = (wizard: Wizard | undefined): wizard is Activating => wizard?.begun !== undefined;

export const actActivateKey: Act = async (input) => {
  const { context, form } = input;
  const { wizard } = context.state;
  if (!isActivating(wizard) || !context.person) return say(context, 'choice_unknown');
  switch (form['action']) {
    case 'cancel':
      return wizard.resume ? goOn(backToDone(context.state)) : cancel(context);
    case 'previous':
      return previous(input, wizard);
    case 'resend':
      return resend(input, wizard);
    case 'anew':
      return beginFresh(input, wizard);
    case 'continue':
      return confirm(input, wizard, context.person);
    default:
      return say(context, 'choice_unknown');
  }
};

async function previous(input: StepInput, wizard: Activating): Promise<Acted> {
  const { begun, ...first } = wizard;
  if (wizard.resume) return goOn(backToDone(input.context.state));
  if (begun.further) return begin(input, first, begun.factor);
  return goOn(at(input.context, { ...wizard, at: 'select-key' }));
}

/** From the start, where the page goes on with what was begun in an earlier sign-in. */
function beginFresh(input: StepInput, { begun, ...bare }: Activating): Promise<Acted> | Acted {
  return begun.begunAt === undefined ? say(input.context, 'choice_unknown') : begin(input, bare, begun.factor, true);
}

async function resend(input: StepInput, wizard: Activating): Promise<Acted> {
  const { context, core } = input;
  const { begun } = wizard;
  if ((await core.delivery(begun.messages)) === 'failed') return say(context, 'message_undeliverable');
  const may = mayResend(begun.at, context.now, core.limits);
  if (!may.ok) return say(context, 'sending_paused', { until: may.until });
  return withNewCode(await begin(input, wizard, begun.factor));
}

async function confirm(input: StepInput, wizard: Activating, person: Person): Promise<Acted | Leaving> {
  const { context, form, core, cameBack } = input;
  const { begun } = wizard;
  if (!isInTime(context)) return proveAgain(context, wizard);
  if (begun.away && !cameBack) return leave(input, wizard);
  const label = keyLabel(form['label']);
  const blank = cameBack ? undefined : blankReason(form, core.factor(begun.factor)?.traits);
  if (blank !== undefined) return say(context, blank, { field: 'code', ...keptLabel(label) });
  const judged = await core.enrolling.confirm(person.id, begun, form, context.occasion('sign-in'));
  if (!judged.ok) return refuseAnswer(input, wizard, judged, label);
  if ('next' in judged.value) return goOn(at(context, { ...wizard, begun: { ...judged.value.next, at: context.now } }));
  return bind(input, wizard, person.id, judged.value.proven, label);
}

/** To the site at which the new key is proved; or why that is not possible. */
async function leave({ context, form, core }: StepInput, wizard: Activating): Promise<Acted | Leaving> {
  const left = await core.enrolling.leave(wizard.begun, context.occasion('sign-in'));
  if (left.ok) return { kind: 'leave', state: context.state, to: left.value.to };
  if (left.reason === 'code_expired') return beginAnew({ context, form, core }, wizard, { reason: left.reason });
  return say(context, left.reason);
}

/** Makes a new challenge where one can be answered only once; or ends the step; or stays and shows the reason. */
async function refuseAnswer(
  input: StepInput,
  wizard: Activating,
  { reason, until, field = 'code', kept }: Extract<Judged<never>, { readonly ok: false }>,
  label: string | undefined,
): Promise<Acted> {
  const { context, core } = input;
  const { factor } = wizard.begun;
  if (core.factor(factor)?.traits.asksAnew === true && !endsStep.has(reason) && until === undefined)
    return beginAnew(input, wizard, { reason, field: 'code', ...keptLabel(label) });
  return endsStep.has(reason)
    ? refuse(context, reason, { factor, ...untilOf({ until }) })
    : say(context, reason, { field, ...defined({ kept, until }) });
}

/** Switches the old key off and the new key on, in one write. */
async function bind(
  input: StepInput,
  wizard: Activating,
  personId: string,
  proven: Proven,
  label: string | undefined,
): Promise<Acted> {
  const { context, core } = input;
  const { factor, unique, formerly = [], assurance } = proven;
  const exchange = (current: Person) => {
    const then = context.with({ person: current });
    if (!stillStands(then, wizard, factor.id) || !mayEnrol(then.statusOf(factor.id))) return { result: undefined };
    const carries = then.carriedFrom(wizard.fromKey);
    const given = { proven, label, replaces: wizard.fromKey, carries, client: context.client.id };
    const onto = (account: Person) => exchangeKey(core.enrolments, account, given, context.now);
    return isActivation(context) ? completeActivation(then, onto) : onto(current);
  };
  const before = await Promise.all(formerly.map((value) => core.people.findByDevice(value)));
  const updated = before.some((found) => found !== undefined)
    ? 'taken'
    : await (unique === undefined
        ? core.people.update(personId, exchange)
        : core.people.updateWithUnique(personId, unique, exchange));
  const refused = { person: personId, factor: factor.id };
  if (updated === 'taken') {
    core.note(audit(context, 'enrolment.refused', { ...refused, reason: 'device_known' }));
    return beginAnew(input, wizard, { reason: 'device_known', ...keptLabel(label) });
  }
  if (!updated?.account || updated.result === undefined) {
    const reason = (isActivation(context) && (await usedMeanwhile(input, personId))) || 'key_not_held_or_expired';
    core.note(audit(context, 'enrolment.refused', { ...refused, reason }));
    return refuse(context, reason, wizard.from === undefined ? {} : { factor: wizard.from });
  }
  if (wizard.resume) return goOn(backToDone(context.state, factor.id), updated.account);
  const { begun: _spent, ...bare } = wizard;
  const bound = { factor: factor.id, key: updated.result, assurance, at: context.now };
  const state = at(context, { ...bare, at: 'done', bound });
  const { activation } = state;
  if (!activation) return goOn(state, updated.account);
  const { password: _written, ...rest } = activation;
  const { sessionsEnded = 0 } = updated.account;
  return goOn({ ...state, sessionsEnded, activation: { ...rest, done: true } }, updated.account);
}

/** Why the activation could not be written: another browser was faster, or the desk has issued another one. */
async function usedMeanwhile({ context, core }: StepInput, personId: string): Promise<Reason | undefined> {
  return linkFault(context.with({ person: await core.people.get(personId) }));
}

const keptLabel = (label: string | undefined) => (label === undefined ? {} : { kept: { label } });

/**
 * The mailbox to which the code went, whole where the page before showed it so, or where a code was read there; a factor
 * itself masks it.
 */
function addressFor({ person, state }: SignInContext, factor: Factor | undefined): { readonly address?: string } {
  const shown = state.proof !== undefined || state.wizard?.mailboxProved === true;
  const address = factor?.traits.sends === 'email' && shown ? person?.email?.address : undefined;
  return address === undefined ? {} : { address: readableAddress(address) };
}

export function activateKeyPage(context: SignInContext, facts: PageFacts): ActivateKeyModel {
  const begun = context.state.wizard?.begun;
  const factor = begun?.factor ?? '';
  const rule = context.factors.find((one) => one.factor.id === factor);
  return {
    ...wizardShell(context, facts, 'activate-key', true),
    factor,
    shows: { ...begun?.shows, ...addressFor(context, rule?.factor) },
    scripted: rule?.factor.traits.script === true,
    ownScript: rule?.factor.traits.script === 'own',
    ...defined({ stage: begun?.stage, begunAt: begun?.begunAt }),
    mayResend: (begun?.messages.length ?? 0) > 0,
    ...resendIn(context, begun?.at, facts),
  };
}
