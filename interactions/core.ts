/** What the steps work with: the core of the product, without koa and without any implementation. */
import type { Factor } from '../factors/contract.ts';
import type { Enrolling } from '../factors/enrolling.ts';
import type { Enrolments } from '../factors/enrolments.ts';
import type { AttemptLimits } from '../factors/attempts.ts';
import type { Mailboxes } from '../factors/mailboxes.ts';
import type { Proofs } from '../factors/proofs.ts';
import type { Recognising } from '../factors/recognising.ts';
import type { SendingLimits } from '../factors/sendings.ts';
import type { Delivery } from '../people/delivery.ts';
import type { PasswordChecks } from '../people/password-check.ts';
import type { People } from '../people/people.ts';
import type { AuditEvent } from '../people/person.ts';

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
