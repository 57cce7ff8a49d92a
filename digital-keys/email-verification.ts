/**
 * Proves a mailbox before its address counts: sends a code to the new address, and notifies the old one (ASVS 6.3.7;
 * NIST SP 800-63B-4 §4.6).
 */
import type { Judged, Reason } from '../factors/reasons.ts';
import { mailAddress } from '../accounts/mail-address.ts';
import type { People } from '../accounts/person-store.ts';
import type { AuditEvent, OutgoingMessage, Person } from '../accounts/person.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Input, Random } from '../factors/contract.ts';
import { checkCode, makeCode, sentCode } from '../factors/kit/one-time-code.ts';
import { normaliseCode } from '../factors/kit/normalise-code.ts';
import { countOther, otherSettled } from './attempt-counter.ts';
import type { ChangeAddress } from './change-address.ts';
import type { Occasion } from './occasion.ts';
import { refusal } from './proof-dependencies.ts';
import type { SendMessages } from '../messages/send-messages.ts';
import type { AttemptLimits } from '../passwords/attempt-limits.ts';

export interface MailboxAsked {
  readonly email: string;
  readonly sealed: string;
  readonly sentAt: number;
  readonly expiresAt: number;
}

export interface EmailVerification {
  /**
   * Sends a code to `address`; an earlier code, of any sign-in, becomes void. Refuses anything but exactly one address.
   */
  ask(
    person: Person,
    address: string,
    occasion: Pick<Occasion, 'interaction' | 'language'>,
  ): Promise<Judged<MailboxAsked>>;
  /**
   * After the right code, changes the address together with the mailbox keys and the notices, in one write.
   * @param may judges the account at that write; if it refuses, nothing is changed (`stronger_proof_needed`)
   */
  prove(
    personId: string,
    asked: MailboxAsked,
    input: Input,
    occasion: Pick<Occasion, 'interaction' | 'client'>,
    may: (person: Person) => boolean,
  ): Promise<Judged<Person>>;
}

const digits = 6;
const purposeFor = (email: string) => `mailbox ${email}`;
const mailboxPurpose = 'email';

const place = (interaction: string) => `mailbox ${interaction}`;

interface Dependencies {
  readonly people: People;
  readonly secretBox: SecretBox;
  readonly random: Random;
  readonly clock: { now(): number };
  readonly limits: AttemptLimits;
  readonly lifetimeMinutes: number;
  readonly sendMessages: SendMessages;
  readonly addresses: ChangeAddress;
  /** For events without a write of the account: refusals. */
  readonly note: (event: AuditEvent) => void;
}

export function createEmailVerification(deps: Dependencies): EmailVerification {
  return {
    ask: (person, address, occasion) => askMailbox(deps, person, address, occasion),
    async prove(personId, asked, input, { interaction, client }, may) {
      const at = deps.clock.now();
      const judged = await proveMailbox(deps, personId, asked, input, interaction, may, at);
      if (!judged.ok)
        deps.note({ at, actor: personId, action: 'email.refused', person: personId, client, reason: judged.reason });
      return judged;
    },
  };
}

async function askMailbox(
  { clock, lifetimeMinutes, random, secretBox, sendMessages }: Dependencies,
  person: Person,
  address: string,
  { interaction, language }: Pick<Occasion, 'interaction' | 'language'>,
): Promise<Judged<MailboxAsked>> {
  const email = mailAddress(address);
  if (email === undefined) return { ok: false, reason: 'address_invalid' };
  const now = clock.now();
  const lifetime = lifetimeMinutes * 60_000;
  const { code, sent: kept } = makeCode({ random, now, purpose: purposeFor(email), digits, lifetime });
  const { expiresAt } = kept;
  const message: OutgoingMessage = {
    channel: 'email',
    to: email,
    language,
    source: 'core',
    template: 'email_proof',
    data: { code, minutes: lifetimeMinutes, at: now },
    queuedAt: now,
    expiresAt,
  };
  const dispatched = await sendMessages(person, [message], now, { code: { purpose: mailboxPurpose, id: kept.id } });
  if (!dispatched.ok) return dispatched;
  return { ok: true, value: { email, sealed: secretBox.seal(kept, place(interaction)), sentAt: now, expiresAt } };
}

async function proveMailbox(
  { people, limits, secretBox, addresses }: Dependencies,
  personId: string,
  asked: MailboxAsked,
  input: Input,
  interaction: string,
  may: (person: Person) => boolean,
  now: number,
): Promise<Judged<Person>> {
  const typed = normaliseCode(input, digits);
  if (!typed.ok) return typed;
  const counted = await countOther(people, personId, mailboxPurpose, now, limits);
  if (!counted.ok) return counted;
  const kept = sentCode.safeParse(secretBox.open(asked.sealed, place(interaction)));
  if (!kept.success) return refusal('key_state_unreadable');
  const isLive = ({ codes }: Person) => codes?.[mailboxPurpose] === kept.data.id;
  if (!isLive(counted.value)) return refusal('code_replaced');
  const checked = checkCode({ sent: kept.data, purpose: purposeFor(asked.email), input, now });
  if (!checked.ok) return checked;
  const updated = await people.update<Reason>(personId, (current) => {
    if (current.disabled) return { result: 'account_disabled' };
    if (!isLive(current)) return { result: 'code_replaced' };
    if (!may(current)) return { result: 'stronger_proof_needed' };
    const account = addresses.change(otherSettled(current, mailboxPurpose), asked.email, current.id, now);
    return { account, result: 'account_disabled' };
  });
  if (updated?.account) return { ok: true, value: updated.account };
  return refusal(updated?.result ?? 'account_disabled');
}
