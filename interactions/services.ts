/** What the steps work with: the core of the product, without koa and without any implementation. */
import type { Factor } from '../factors/contract.ts';
import type { Enrolling } from '../factors/enrol-key.ts';
import type { Enrolments } from '../factors/key-changes.ts';
import type { AttemptLimits } from '../passwords/attempt-limits.ts';
import type { Mailboxes } from '../factors/email-verification.ts';
import type { Proofs } from '../factors/verify-key.ts';
import type { Recognising } from '../factors/usernameless.ts';
import type { SendingLimits } from '../messages/send-limits.ts';
import type { Delivery } from '../messages/delivery-status.ts';
import type { PasswordChecks } from '../passwords/check-password.ts';
import type { People } from '../accounts/person-store.ts';
import type { AuditEvent } from '../accounts/person.ts';

export interface Core {
  readonly people: People;
  readonly passwordChecks: PasswordChecks;
  readonly proofs: Proofs;
  readonly recognising: Recognising;
  readonly enrolling: Enrolling;
  readonly enrolments: Enrolments;
  readonly mailboxes: Mailboxes;
  readonly limits: AttemptLimits & SendingLimits;
  readonly factor: (id: string) => Factor | undefined;
  /** What has become of messages, by their ids. */
  readonly delivery: (messages: readonly string[]) => Promise<Delivery>;
  readonly note: (event: AuditEvent) => void;
  /** The same for what is worth a line, but no write of its own. */
  readonly mention: (event: AuditEvent) => void;
}
