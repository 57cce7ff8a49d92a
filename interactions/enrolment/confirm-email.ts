/**
 * First step of the wizard: shows the mailbox, lets the person change it where that is permitted, and proves it by a
 * code where it was never proved.
 */
import { defined } from '../../accounts/defined.ts';
import { maskAddress, readableAddress } from '../../accounts/mail-address.ts';
import type { Person } from '../../accounts/person.ts';
import { mayResend } from '../../messages/send-limits.ts';
import type { ConfirmEmailModel } from '../../views/models.ts';
import { acted } from '../actions/acted.ts';
import type { SignInContext } from '../context.ts';
import { resendIn, type PageFacts } from '../page-facts.ts';
import type { Wizard } from '../sign-in-state.ts';
import { blankReason, goOn, say, untilOf, withNewCode, type Act, type Acted, type StepInput } from '../step-handler.ts';
import { isInTime, proveAgain } from './standing-proof.ts';
import { at, cancel, wizardShell } from './wizard.ts';

export const actConfirmEmail: Act = async (input) => {
  const { context, form } = input;
  const { wizard } = context.state;
  const { person } = context;
  if (!wizard || !person) return say(context, 'choice_unknown');
  const { action } = form;
  const { mailbox: _before, ...bare } = wizard;
  if (action === 'cancel') return cancel(context);
  const further = isFurther(context, wizard);
  if (action === 'previous' && context.action?.kind === 'change-email')
    return goOn(at(context, { ...bare, at: 'confirm-email', email: 'change' }));
  if (action === 'change' && !further && context.mayChangeAddress)
    return goOn(at(context, { ...bare, at: 'confirm-email', email: 'change' }));
  if (action === 'previous')
    return person.email ? goOn(at(context, { ...bare, at: 'confirm-email', email: 'show' })) : cancel(context);
  if (action === 'change' && !further) return say(context, 'stronger_proof_needed');
  if (action !== 'continue' && action !== 'resend') return say(context, 'choice_unknown');

  const known = person.email;
  if (action === 'resend') return resend(input, person, wizard);
  if (wizard.email === 'change') return send(input, person, wizard, form['email'] ?? '');
  if (wizard.email === 'prove') return prove(input, person, wizard);
  if (!known) return goOn(at(context, { ...wizard, at: 'confirm-email', email: 'change' }));
  // An address that was never proved is proved now; messages of the next step may use it.
  const doubted = further ? wizard.mailboxProved === undefined : known.verifiedAt === undefined;
  if (doubted) return send(input, person, wizard, known.address);
  if (context.rules.barsMailbox(known.address)) return say(context, 'mailbox_shared');
  return goOn(at(context, { ...wizard, at: 'select-key' }));
};

/** To add a key, the mailbox of the account is proved, and no other. */
const isFurther = ({ action }: SignInContext, { from }: Wizard): boolean =>
  from === undefined && action?.kind !== 'change-email';

async function resend(input: StepInput, person: Person, wizard: Wizard): Promise<Acted> {
  const { context, core } = input;
  const { mailbox } = wizard;
  if (!mailbox) return say(context, 'choice_unknown');
  const may = mayResend(mailbox.sentAt, context.now, core.limits);
  if (!may.ok) return say(context, 'sending_paused', { until: may.until });
  return withNewCode(await send(input, person, wizard, mailbox.email));
}

/** Sends a code to the address. A new address needs a strong and recent proof first. */
async function send({ context, core }: StepInput, person: Person, wizard: Wizard, address: string): Promise<Acted> {
  if (address.trim() !== person.email?.address) {
    if (!context.mayChangeAddress) return say(context, 'stronger_proof_needed');
    const { proof } = context.state;
    if (!(proof ? context.proofIsRecent : context.fresh)) return proveAgain(context, wizard);
  }
  if (context.rules.barsMailbox(address.trim())) return say(context, 'mailbox_shared', { field: 'email' });
  const asked = await core.emailVerification.ask(person, address, context.occasion('sign-in'));
  if (!asked.ok) return say(context, asked.reason, { field: 'email', ...untilOf(asked) });
  return goOn(at(context, { ...wizard, at: 'confirm-email', email: 'prove', mailbox: asked.value }));
}

async function prove({ context, form, core }: StepInput, { id, email }: Person, wizard: Wizard): Promise<Acted> {
  if (blankReason(form, undefined)) return say(context, 'field_empty', { field: 'code' });
  const further = isFurther(context, wizard);
  // A code sent to the old address activates nothing at the new one.
  const { mailbox, begun: _before, ...fresh } = wizard;
  if (mailbox && mailbox.email !== email?.address && !isInTime(context)) return proveAgain(context, wizard);
  // An administrator may have changed the account's address meanwhile.
  if (!mailbox || (further && mailbox.email !== email?.address)) return say(context, 'choice_unknown');
  const may = (person: Person) => person.email?.address === mailbox.email || context.with({ person }).mayChangeAddress;
  const proved = await core.emailVerification.prove(id, mailbox, form, context.occasion('sign-in'), may);
  if (!proved.ok) return say(context, proved.reason, { field: 'code', ...untilOf(proved) });
  if (context.action?.kind === 'change-email') return acted(context, proved.value);
  const next: Wizard = further
    ? { ...fresh, at: 'select-key', email: 'show', mailboxProved: true }
    : { ...fresh, at: 'confirm-email', email: 'show' };
  return goOn({ ...at(context, next), happened: 'address_confirmed' }, proved.value);
}

export function confirmEmailPage(context: SignInContext, facts: PageFacts): ConfirmEmailModel {
  const { wizard } = context.state;
  const { email } = context.person ?? {};
  const mode = wizard?.email ?? 'show';
  const further = wizard === undefined || isFurther(context, wizard);
  const alone = context.action?.kind === 'change-email';
  // A person who has proved nothing but a password does not see the whole address.
  const written = (address: string) =>
    further || !context.state.proof ? maskAddress(address) : readableAddress(address);
  return {
    ...wizardShell(context, facts, 'confirm-email', alone ? mode === 'prove' : mode !== 'show' && email !== undefined),
    mode,
    ...defined({
      email: email && written(email.address),
      newEmail: wizard?.mailbox && written(wizard.mailbox.email),
    }),
    further,
    mayChange: !further && context.mayChangeAddress,
    ...resendIn(context, wizard?.mailbox?.sentAt, facts),
  };
}
