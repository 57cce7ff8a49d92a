/** The services that the steps use: the core of the product, without koa and without any implementation. */
import type { Factor } from '../factors/contract.ts';
import type { EnrolKey } from '../digital-keys/enrol-key.ts';
import type { KeyChanges } from '../digital-keys/key-changes.ts';
import type { AttemptLimits } from '../passwords/attempt-limits.ts';
import type { EmailVerification } from '../digital-keys/email-verification.ts';
import type { ForgottenServices } from '../recovery/forgotten.ts';
import type { VerifyKey } from '../digital-keys/verify-key.ts';
import type { UsernamelessSignIn } from '../digital-keys/usernameless.ts';
import type { SendingLimits } from '../messages/send-limits.ts';
import type { Delivery } from '../messages/delivery-status.ts';
import type { PasswordChecks } from '../passwords/check-password.ts';
import type { MakePassword, SetPassword } from '../passwords/set-password.ts';
import type { ActivationLinks } from '../accounts/activation-links.ts';
import type { People } from '../accounts/person-store.ts';
import type { AuditEvent, Key, Person } from '../accounts/person.ts';

/** What entering a step takes: to ask for a key. */
export interface AskingServices {
  readonly proofs: Pick<VerifyKey, 'challenge'>;
  readonly note: (event: AuditEvent) => void;
  /** Records an event that is worth a log line, but no write of its own. */
  readonly mention: (event: AuditEvent) => void;
}

/** The further services that drawing a page needs. */
export interface DrawingServices {
  readonly usernamelessSignIn: Pick<UsernamelessSignIn, 'ask'>;
}

export interface InteractionServices extends AskingServices, DrawingServices {
  readonly people: People;
  readonly passwordChecks: PasswordChecks;
  readonly proofs: VerifyKey;
  readonly usernamelessSignIn: UsernamelessSignIn;
  readonly enrolling: EnrolKey;
  readonly enrolments: KeyChanges;
  readonly emailVerification: EmailVerification;
  readonly forgotten: ForgottenServices;
  readonly setPassword: SetPassword;
  readonly makePassword: MakePassword;
  readonly activations: Pick<ActivationLinks, 'find' | 'tryCode'>;
  readonly limits: AttemptLimits & SendingLimits;
  readonly factor: (id: string) => Factor | undefined;
  /** Whether an active key is over by its factor's word. @param now ms */
  readonly isOver: (person: Person, key: Key, now: number) => boolean;
  /** The delivery status of messages, by id. */
  readonly delivery: (messages: readonly string[]) => Promise<Delivery>;
}
