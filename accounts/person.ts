/**
 * The account of a person: names, password, keys and pending items. One document, because it must change as one. Types
 * only; `person-store.ts` reads and writes it.
 */
import type { FactorId, Language, Strength } from '../factors/contract.ts';
import type { DeviceKind } from './device-kind.ts';
import type { Activity, ChangeReport } from './person-history.ts';
import type { PersonalDates } from '../factors/policy/types.ts';
import type { Reason } from '../factors/reasons.ts';
import type { Activation } from './activation-record.ts';
import type { Consent } from './consent-record.ts';
import type { StandardClaims } from './standard-claims.ts';

export interface Key {
  readonly id: string;
  readonly factor: FactorId;
  /** The person's own name for it. */
  readonly label?: string;
  /**
   * The factor's secret state, sealed (secret-box) for this person and key. Removed once the key is off; the rest of
   * the record stays.
   */
  readonly sealed?: string;
  /** Masked, from the factor's `describe`. */
  readonly detail: string;
  /** Also from `describe`: a word of the factor's texts, `nature.<nature>`. */
  readonly nature?: string;
  /** A value that no other working key may have: the digest of a device's number. Removed with the secret. */
  readonly unique?: string;
  readonly status: 'active' | 'off' | 'blocked';
  /**
   * The level that it counts as when another key is bound: the highest level that it has proved or may prove, and at
   * least that of a key that it replaced without proving it. Kept when its factor ends, is switched off or is
   * uninstalled. Absent in old documents.
   */
  readonly strength?: Strength;
  readonly boundAt: number;
  /** `enrolled` by the person, `issued` by an administrator, or `imported`. */
  readonly source: 'enrolled' | 'issued' | 'imported';
  readonly lastUsedAt?: number;
  /** The kind of device of that browser, as it said of itself. */
  readonly lastUsedOn?: DeviceKind;
  /** When the last code was sent for it that nobody has answered correctly yet. */
  readonly askedAt?: number;
  /** When the newest code was sent for it: older codes no longer count. */
  readonly codeAt?: number;
  /** The challenge of that code, so that the same person can answer it in a new sign-in of the same browser. */
  readonly askedFor?: AskedFor;
  readonly offAt?: number;
  /** `purged`: the day of deletion of its factor had come. */
  readonly offBecause?: 'replaced' | 'removed' | 'reissued' | 'purged';
  /**
   * Removed while the person had another key as strong, or after a permit: it no longer raises the bar for new keys.
   */
  readonly settled?: true;
  readonly attempts: Attempts;
  /** Instant (ms) when the person was last told that a copy of the key may exist. */
  readonly copyToldAt?: number;
}

/** A sent code that has not been answered. */
export interface AskedFor {
  /** The factor's challenge, sealed for the sign-in that asked for the code. */
  readonly sealed: string;
  readonly interaction: string;
  readonly client: string;
  readonly purpose: string;
  /** Digest of that browser's secret. */
  readonly browser: string;
  readonly shows: Readonly<Record<string, unknown>>;
  /** First instant (ms) at which the code is no longer valid. */
  readonly expiresAt: number;
  /** Ids of its messages. */
  readonly messages: readonly string[];
}

/**
 * Failures: consecutive ones, which a success resets, and by day, which only time lowers. Raised before every
 * comparison.
 */
export interface Attempts {
  readonly count: number;
  /** Instant (ms) of the last failure. */
  readonly lastAt: number;
  /**
   * Failures of each of the last days (whole days since the epoch, UTC), also before and after successes. Absent where
   * only consecutive ones count.
   */
  readonly days?: Readonly<Record<string, number>>;
}

/** An administrator permits the person to activate one key without a proof as strong as the strongest key. */
export interface Permit {
  readonly id: string;
  readonly at: number;
  /** First instant (ms) at which it is no longer valid. */
  readonly until: number;
  readonly by: string;
}

/** Who gave a person a last day of their own, when (ms), and why. */
export interface DayGiven {
  readonly at: number;
  readonly by: string;
  readonly reason?: string;
}

/** With who gave the extension, and the earlier last day. */
export interface OwnDates extends PersonalDates {
  readonly extension?: DayGiven;
  readonly earlier?: DayGiven;
}

/** The former address, which the person can restore until an instant (ms). */
export interface FormerEmail {
  readonly address: string;
  readonly verifiedAt?: number;
  readonly until: number;
}

/** A trusted browser: the person did the second step in it, and asked not to be asked again for some days. */
export interface TrustedBrowser {
  readonly id: string;
  /** SHA-256 of the token in its cookie, base64url. */
  readonly hash: string;
  /** The key that was proved then: the trust ends when that key would no longer sign in. */
  readonly key: string;
  readonly grantedAt: number;
  /** First instant (ms) at which the trust is over; never extended. */
  readonly until: number;
}

/** A place where this person has completed a sign-in: a keyed digest, and the last time (ms). */
export interface SeenAt {
  readonly id: string;
  readonly at: number;
}

export interface Password {
  /** PHC string of argon2id. */
  readonly hash: string;
  /** Whether the hash is of the peppered password; an imported hash is not, until the first sign-in replaces it. */
  readonly peppered: boolean;
  readonly setAt: number;
}

/**
 * A pending item: an audit event, a message, or a review of the sessions, written with the change that caused it. The
 * relay handles each exactly once, by its id.
 */
export type PendingItem =
  | { readonly kind: 'audit'; readonly id: string; readonly event: AuditEvent }
  | { readonly kind: 'message'; readonly id: string; readonly message: OutgoingMessage }
  /**
   * The sessions of this person must be reviewed, because the account has changed; `all`: every grant and token too.
   */
  | { readonly kind: 'sessions'; readonly id: string; readonly at: number; readonly all: boolean };

export interface AuditEvent {
  readonly at: number;
  /** Who acted: the person, an administrator (`cli:<user>`), or the system. */
  readonly actor: string;
  /** Noun and verb, e.g. `key.enrolled`, `sign-in.completed`, `sign-in.refused`, `schedule.changed`. */
  readonly action: string;
  /** The person concerned (pseudonymous id). */
  readonly person?: string;
  readonly factor?: FactorId;
  readonly key?: string;
  readonly client?: string;
  readonly reason?: Reason;
  /** Values before and after, or other facts. Never a secret. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface OutgoingMessage {
  readonly channel: 'email' | 'sms';
  readonly to: string;
  readonly language: Language;
  /**
   * The source of the texts: `core` (views/locales, `mail.<template>.*`) or a factor's id (its locales,
   * `message.<template>.*`).
   */
  readonly source: string;
  readonly template: string;
  readonly data: Readonly<Record<string, string | number>>;
  readonly queuedAt: number;
  /** First instant (ms) at which sending it is useless. */
  readonly expiresAt?: number;
  /**
   * The factor whose dates the message is about: it is sent outside quiet hours, and not sent if these dates were
   * changed or their mails cancelled.
   */
  readonly datesOf?: FactorId;
  /** The audit event to write once the mail server or gateway has accepted the message; it gets that instant. */
  readonly whenTaken?: Omit<AuditEvent, 'at'>;
}

/** What a mail said of a last day. */
export interface ToldDay {
  /** First instant (ms) at which it is over; absent: that there is none. */
  readonly sunsetAt?: number;
  /** Fewest days before it at which it was said. */
  readonly days: number;
}

export interface ToldDate extends ToldDay {
  /** The mail. When it is given up, or does not leave any more, what was told before counts again. */
  readonly message?: string;
  readonly before?: ToldDay;
}

/** Instants (ms). */
export interface MailHold {
  readonly changedAt: number;
  readonly from: number;
}

/** An enrolment that was begun: its state, sealed for this account, and since when (ms). */
export interface UnfinishedEnrolment {
  readonly sealed: string;
  readonly at: number;
  /** The sign-in in which it was begun: there the person begins from the start again. */
  readonly signIn: string;
  /** How often the sessions of the person had been ended then. */
  readonly sessionsEnded: number;
}

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly language: Language;
  readonly email?: { readonly address: string; readonly verifiedAt?: number };
  readonly groups: readonly string[];
  /** Claims for relying parties beside the account's own. */
  readonly claims?: Readonly<StandardClaims>;
  readonly disabled: boolean;
  /**
   * Instant (ms) of its removal: nothing is left but what is pending, and the document goes with that
   * (`forget-person.ts`).
   */
  readonly removedAt?: number;
  readonly createdAt: number;
  readonly password?: Password;
  /** Wrong passwords by their network (digest): a stranger slows only their own network (`source-limits.ts`). */
  readonly passwordAttempts: Readonly<Record<string, Attempts>>;
  /** Where the person completed sign-ins recently, newest last (`usual-places.ts`). */
  readonly usual?: { readonly networks: readonly SeenAt[]; readonly browsers: readonly SeenAt[] };
  /** Failures during enrolment and the proof of a mailbox, by purpose (`enrol:<factor>`, `email`). */
  readonly otherAttempts: Readonly<Record<string, Attempts>>;
  readonly keys: readonly Key[];
  readonly permit?: Permit;
  /** An administrator lets the person set a password once, behind a proof of the mailbox (`password-permit.ts`). */
  readonly passwordPermit?: Permit;
  readonly activation?: Activation;
  /** The terms of use that the person accepted last, and when (ms). */
  readonly terms?: { readonly version: string; readonly at: number };
  /** Dates of a factor for this person alone, by factor: an extension, or an earlier last day. */
  readonly dates?: Readonly<Record<FactorId, OwnDates>>;
  /** Newest last. */
  readonly formerEmails?: readonly FormerEmail[];
  /** The one valid code of each purpose that belongs to no key (as `otherAttempts`): its id. */
  readonly codes?: Readonly<Record<string, string>>;
  /** Enrolments that were begun and may be finished in a later sign-in, one of each factor. */
  readonly unfinished?: Readonly<Record<FactorId, UnfinishedEnrolment>>;
  /** Oldest first. */
  readonly activity?: readonly Activity[];
  /** Changes that were mailed, oldest first. */
  readonly reports?: readonly ChangeReport[];
  readonly trustedBrowsers?: readonly TrustedBrowser[];
  /** What the person allows third parties, one for each. */
  readonly consents?: readonly Consent[];
  /**
   * How often all sessions of this person were ended: a proof from before the last time carries no session and no
   * token.
   */
  readonly sessionsEnded?: number;
  /**
   * How often this person has put off replacing a key of a factor, when last, and in which sign-in (its uid): each
   * sign-in counts once.
   */
  readonly postponements: Readonly<
    Record<FactorId, { readonly count: number; readonly lastAt: number; readonly signIn?: string }>
  >;
  /**
   * What the person was last told of last days, by factor, or by `<factor>@<relying party>` for the days of that one
   * alone.
   */
  readonly reminded?: Readonly<Record<string, ToldDate>>;
  /**
   * By factor, after a change of the person's own dates: no mail about them leaves before `from`. Gone once that was
   * looked at.
   */
  readonly mailHold?: Readonly<Record<FactorId, MailHold>>;
  /** When messages were sent to this person, for the sending limits (ms, newest last, one day back). */
  readonly sendings: readonly number[];
  readonly pending: readonly PendingItem[];
}
