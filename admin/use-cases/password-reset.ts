/**
 * Lets a person set a password once, behind a code to the mailbox: after the present one is voided (`password reset`),
 * or where there is none yet (`person invite`). Nobody sees or chooses a password but its owner; a key of the account
 * is still asked where one works beside the mailbox.
 */
import { randomUUID } from 'node:crypto';
import type { AuditAction } from '../../accounts/audit-actions.ts';
import { auditLine, notice } from '../../accounts/notices.ts';
import { withPasswordPermit } from '../../accounts/password-permit.ts';
import { addPending } from '../../accounts/person-store.ts';
import type { Permit, Person } from '../../accounts/person.ts';
import { maskAddress } from '../../accounts/mail-address.ts';
import { isSharedMailbox } from '../../accounts/shared-mailbox.ts';
import { done, refuse, type Outcome, type RefusalCode } from '../refusals.ts';
import type { Services } from '../services.ts';
import { changeAccount, type WriteParts } from './account-write.ts';
import { findPerson } from './person-show.ts';

export interface PasswordPermitRequest {
  /** User name or id. */
  readonly person: string;
  readonly by: string;
  /** Stored in the audit log. */
  readonly reason?: string;
  readonly days: number;
}

export interface PasswordPermitted {
  readonly person: string;
  readonly username: string;
  /** Masked. */
  readonly email: string;
  /** ISO 8601. */
  readonly until: string;
}

interface Kind {
  readonly action: AuditAction;
  readonly template: 'password_voided' | 'person_invited';
  /** Why it is not for this account. */
  readonly refuses: (person: Person) => RefusalCode | undefined;
}

const day = 86_400_000;

/** Voids the password, and all that it opened. */
export const resetPassword = (
  services: WriteParts,
  request: PasswordPermitRequest,
): Promise<Outcome<PasswordPermitted>> =>
  permit(services, request, {
    action: 'password.voided',
    template: 'password_voided',
    refuses: ({ password }) => (password === undefined ? 'password_missing' : undefined),
  });

export const invitePerson = (
  services: WriteParts,
  request: PasswordPermitRequest,
): Promise<Outcome<PasswordPermitted>> =>
  permit(services, request, {
    action: 'person.invited',
    template: 'person_invited',
    refuses: ({ password }) => (password === undefined ? undefined : 'password_present'),
  });

async function permit(
  services: WriteParts,
  { person: who, by, reason, days }: PasswordPermitRequest,
  { action, template, refuses }: Kind,
): Promise<Outcome<PasswordPermitted>> {
  const { settings, clock } = services;
  if (settings.password.reset === 'off')
    return refuse('password_reset_off', sentences.password_reset_off('This deployment'));
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const at = clock.now();
  const given: Permit = { id: randomUUID(), at, until: at + days * day, by };
  const { id, username } = found.value;
  const changed = await changeAccount<Told | undefined>(services, id, (person) => {
    const code = whyNot(person, settings) ?? refuses(person);
    if (code !== undefined) return { result: code as Told };
    const facts = { until: given.until, ...(reason === undefined ? {} : { reason }) };
    const account = addPending(
      withPasswordPermit(person, given),
      auditLine({ at, actor: by, action, person: id, facts }),
      ...notice(person, template, { until: given.until, username: person.username }, at),
    );
    return { account, result: undefined };
  });
  if (!changed.ok) return changed;
  const updated = changed.value;
  const written = updated?.account;
  if (!written) {
    const code = updated?.result ?? 'person_disabled';
    return refuse(code, sentences[code](username));
  }
  const email = maskAddress(written.email?.address ?? '');
  return done({ person: id, username, email, until: new Date(given.until).toISOString() });
}

const sentences = {
  password_reset_off: (who: string) => `${who} lets nobody set a password (\`password.reset\` is \`off\`).`,
  person_disabled: (who: string) => `The account of ${who} is gone or disabled.`,
  mailbox_unusable: (who: string) => `${who} has no e-mail address that is their own: a code cannot be mailed.`,
  password_missing: (who: string) => `${who} has no password: \`rekey person invite\` lets them set the first one.`,
  password_present: (who: string) => `${who} has a password: \`rekey password reset\` voids it.`,
} as const satisfies Partial<Record<RefusalCode, (who: string) => string>>;
type Told = keyof typeof sentences;

function whyNot({ disabled, email }: Person, { sharedMailboxes }: Services['settings']): Told | undefined {
  if (disabled) return 'person_disabled';
  const isOwn = email !== undefined && !isSharedMailbox(email.address, sharedMailboxes.localParts);
  return isOwn ? undefined : 'mailbox_unusable';
}
