/** Sends one mail by the configured server and returns its answers, step by step: `rekey mail test`. */
import { mailAddress, maskAddress } from '../../accounts/mail-address.ts';
import { newPendingId } from '../../accounts/pending-id.ts';
import type { MailOutcome } from '../../adapters/mail/port.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';

export interface MailTested {
  readonly to: string;
  /** The lines of the connection: `> ` ours, `< ` the server's. */
  readonly steps: readonly string[];
}

export async function testMail(
  { settings, audit, clock, sendAlone }: Pick<Services, 'settings' | 'audit' | 'clock' | 'sendAlone'>,
  { to, by, say }: { readonly to: string; readonly by: string; readonly say: (line: string) => void },
): Promise<Outcome<MailTested>> {
  const address = mailAddress(to);
  if (address === undefined) return refuse('mail_address_invalid', 'This is not one plain mail address.');
  const { issuer } = settings;
  if (sendAlone === undefined)
    return refuse('mail_kept', 'There is no mail server: mails stay in the store (`mail.outbox`).');
  const id = newPendingId();
  const written = {
    to: address,
    subject: 'Test of mail',
    text: `This mail was sent by hand from ${issuer} to see whether mails arrive. Nothing has to be done.`,
    messageId: `<${id}@${new URL(issuer).hostname}>`,
    language: 'en',
  };
  const steps: string[] = [];
  const heard = (line: string): void => {
    steps.push(line);
    say(line);
  };
  const outcome = await sendAlone(written, heard);
  const facts = { destination: maskAddress(address), ...outcome };
  await audit.append([{ id, event: { at: clock.now(), actor: by, action: 'mail.tested', facts } }]);
  return outcome.kind === 'sent' ? done({ to: address, steps }) : refuse('mail_not_taken', whyNot(outcome));
}

export function whyNot(outcome: Exclude<MailOutcome, { kind: 'sent' }>): string {
  if (outcome.kind === 'refused')
    return `The server refuses this recipient (${outcome.cause}); others may well get their mail.`;
  if (outcome.ours === true)
    return `The server refuses this service, for every recipient (${outcome.cause}): look at user, password, sender and name.`;
  return `The mail was not taken for now (${outcome.cause}).`;
}
