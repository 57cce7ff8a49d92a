/**
 * The person: account, keys, and pending items. One document, because what must change together is one document.
 * Types only; `people.ts` reads and writes them.
 */
import type { FactorId, Language, Strength } from '../factors/contract.ts';
import type { PersonalDates } from '../factors/policy/types.ts';
import type { Reason } from '../factors/reasons.ts';
import type { StandardClaims } from './standard-claims.ts';

export interface Key {
  readonly id: string;
  readonly factor: FactorId;
  /** The person's own name for it. */
  readonly label?: string;
  /** The factor's secret state, sealed (secret-box) for this person and key. Absent once the key is off: a tombstone stays, the secret goes. */
  readonly sealed?: string;
  /** Masked, from the factor's `describe`. */
  readonly detail: string;
  /** From the same: a word of the factor's texts, `nature.<nature>`. */
  readonly nature?: string;
  /** What no other key that works may have: the digest of a device's own number. Gone with the secret. */
  readonly unique?: string;
  readonly status: 'active' | 'off' | 'blocked';
  /**
   * What it counts as when another key is to be bound: the most that it has proved or may prove, never less than a key whose place it took unproved. Stays
   * when its factor ends, is switched off or is gone. Absent in documents from before.
   */
  readonly strength?: Strength;
  readonly boundAt: number;
  /** `enrolled` by the person, `issued` by an administrator, `imported`. */
  readonly source: 'enrolled' | 'issued' | 'imported';
  readonly lastUsedAt?: number;
  /** When a code was last sent for it that has not been answered rightly yet. */
  readonly askedAt?: number;
  /** When the newest code was sent for it: an older one counts no more. */
  readonly codeAt?: number;
  /** What was sent then, so that the same person may answer it in a new sign-in of the same browser. */
  readonly askedFor?: AskedFor;
  readonly offAt?: number;
  readonly offBecause?: 'replaced' | 'removed' | 'reissued';
  /** Removed while a key as strong was left, or another one was allowed since: it raises the bar for new keys no more. */
  readonly settled?: true;
  readonly attempts: Attempts;
  /** Instant (ms) when the person was last told that there may be a copy of it. */
  readonly copyToldAt?: number;
}

/** A code that is under way. */
export interface AskedFor {
  /** The factor's challenge, sealed for the sign-in that it was sent for. */
  readonly sealed: string;
  readonly interaction: string;
  readonly client: string;
  readonly purpose: string;
  /** Digest of the secret of the browser of that sign-in. */
  readonly browser: string;
  readonly shows: Readonly<Record<string, unknown>>;
  /** Instant (ms) from which it opens nothing. */
  readonly expiresAt: number;
  /** Ids of the messages. */
  readonly messages: readonly string[];
}

/** Failures: in a row, which a success resets, and by day, which nothing but time lowers. Raised before every comparison. */
export interface Attempts {
  readonly count: number;
  /** Instant (ms) of the last one. */
  readonly lastAt: number;
  /** Failures of each of the last days (whole days since the epoch, UTC), successes in between or not. Absent where only a row is counted. */
  readonly days?: Readonly<Record<string, number>>;
}

/** An administrator lets the person activate one key without a proof as strong as the strongest one. */
export interface Permit {
  readonly id: string;
  readonly at: number;
  /** First instant (ms) at which it is over. */
  readonly until: number;
  readonly by: string;
}

/** An address that was changed for another one, and may be put back until an instant (ms). */
export interface FormerEmail {
  readonly address: string;
  readonly verifiedAt?: number;
  readonly until: number;
}

/** A browser on which the second step was done, and whose owner wished not to be asked for it again for some days. */
export interface TrustedDevice {
  readonly id: string;
  /** SHA-256 of the token in its cookie, base64url. */
  readonly hash: string;
  /** The key that was proved then: it is trusted no longer than that one would sign in. */
  readonly key: string;
  readonly grantedAt: number;
  /** First instant (ms) at which it is over; never moved. */
  readonly until: number;
}

/** A place in which this person has completed a sign-in: a keyed digest, and when last (ms). */
export interface SeenAt {
  readonly id: string;
  readonly at: number;
}

export interface Password {
  /** PHC string of argon2id. */
  readonly hash: string;
  /** Whether the hash is over the peppered password; an imported one is not, until the first sign-in renews it. */
  readonly peppered: boolean;
  readonly setAt: number;
}

/** A pending item: an audit line, a message, or a review of the sessions, written with the change that caused it. The relay handles each exactly once, by its id. */
export type PendingItem =
  | { readonly kind: 'audit'; readonly id: string; readonly event: AuditEvent }
  | { readonly kind: 'message'; readonly id: string; readonly message: OutgoingMessage }
  /** The sessions of this person are to be looked at again, since what they rest on has changed; `all`: every grant and token too. */
  | { readonly kind: 'sessions'; readonly id: string; readonly at: number; readonly all: boolean };

export interface AuditEvent {
  readonly at: number;
  /** Who acted: the person, an administrator (`cli:<user>`), the system. */
  readonly actor: string;
  /** Noun and verb, e.g. `key.enrolled`, `sign-in.completed`, `sign-in.refused`, `schedule.changed`. */
  readonly action: string;
  /** Person concerned (pseudonymous id). */
  readonly person?: string;
  readonly factor?: FactorId;
  readonly key?: string;
  readonly client?: string;
  readonly reason?: Reason;
  /** Before and after, or other facts. Never a secret. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface OutgoingMessage {
  readonly channel: 'email' | 'sms';
  readonly to: string;
  readonly language: Language;
  /** Where the texts are: `core` (views/locales, `mail.<template>.*`) or a factor's id (its locales, `message.<template>.*`). */
  readonly source: string;
  readonly template: string;
  readonly data: Readonly<Record<string, string | number>>;
  readonly queuedAt: number;
  /** Worthless from here on. */
  readonly expiresAt?: number;
  /** Written to the audit once the far side has taken the message, with that instant. */
  readonly whenTaken?: Omit<AuditEvent, 'at'>;
}

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly language: Language;
  readonly email?: { readonly address: string; readonly verifiedAt?: number };
  readonly groups: readonly string[];
  /** What relying parties may be told besides. */
  readonly claims?: Readonly<StandardClaims>;
  readonly disabled: boolean;
  readonly createdAt: number;
  readonly password?: Password;
  /** Wrong passwords by where they came from (digest of the network): a stranger slows only himself (`password-sources.ts`). */
  readonly passwordAttempts: Readonly<Record<string, Attempts>>;
  /** Where sign-ins were completed lately, newest last (`usual-places.ts`). */
  readonly usual?: { readonly networks: readonly SeenAt[]; readonly browsers: readonly SeenAt[] };
  /** Failures while enrolling and proving a mailbox, by purpose (`enrol:<factor>`, `email`). */
  readonly otherAttempts: Readonly<Record<string, Attempts>>;
  readonly keys: readonly Key[];
  readonly permit?: Permit;
  /** Dates of a factor for this person alone, by factor: an extension, or an earlier day. */
  readonly dates?: Readonly<Record<FactorId, PersonalDates>>;
  /** Newest last. */
  readonly formerEmails?: readonly FormerEmail[];
  /** The one live code for each purpose that no key stands for (as `otherAttempts`): its id. */
  readonly codes?: Readonly<Record<string, string>>;
  readonly devices?: readonly TrustedDevice[];
  /** How often all sessions of this person were ended: what was proved before the last time carries no session and no token. */
  readonly sessionsEnded?: number;
  /** How often this person has put off leaving a factor, when last, and in which sign-in (its uid): once in each counts. */
  readonly postponements: Readonly<
    Record<FactorId, { readonly count: number; readonly lastAt: number; readonly signIn?: string }>
  >;
  /**
   * Of which end of a factor a reminder was queued (its first instant, ms), the fewest days before it, and the message: the mark goes when that
   * message is given up, so that the person is reminded again.
   */
  readonly reminded?: Readonly<
    Record<FactorId, { readonly sunsetAt: number; readonly days: number; readonly message?: string }>
  >;
  /** When messages were last sent to this person, for the sending limits (ms, newest last, one day back). */
  readonly sendings: readonly number[];
  readonly pending: readonly PendingItem[];
}
