/**
 * The occasion of a challenge: why a key is asked for, and what was asked. Plain data that the sign-in state keeps.
 * Used by `verify-key.ts` and the interactions.
 */
import type { DeviceKind } from '../accounts/device-kind.ts';
import type { FactorId, Language, Shows } from '../factors/contract.ts';

/** The browser of a sign-in, identified by its secret. */
export interface KnownBrowser {
  /** Digest of this sign-in's secret. */
  readonly digest: string;
  /** Whether the request carries the secret of that digest. */
  readonly has: (digest: string) => boolean;
}

/** One sign-in at one relying party, and its purpose. */
export interface Occasion {
  /** The interaction that a challenge is bound to. */
  readonly interaction: string;
  readonly client: string;
  readonly language: Language;
  /** `re-enrolment`: the proof permits nothing but the enrolment of a replacement. */
  readonly purpose: 'sign-in' | 're-enrolment';
  /**
   * The network from which the password of this sign-in came: its earlier failures are cleared, those of other networks
   * are not.
   */
  readonly passwordFrom?: string;
  /** When it was given (ms). */
  readonly passwordAt?: number;
  /** The browser from which it came: the digest of its token. */
  readonly passwordBrowser?: string;
  /** The kind of device of that browser; absent: unknown. */
  readonly device?: DeviceKind;
  /** Absent if no browser is bound. */
  readonly browser?: KnownBrowser;
}

/** The site at which a key is proved, and what its answer must carry. */
export interface Away {
  readonly site: string;
  readonly state: string;
}

export interface Asked {
  readonly key: string;
  readonly factor: FactorId;
  readonly sealed: string;
  readonly shows: Shows;
  readonly detail: string;
  /** Remaining uses, if the page should show them. */
  readonly left?: number;
  /** The key's end (ms), if the page should show it. */
  readonly worksUntil?: number;
  readonly expiresAt?: number;
  /** When its code was sent (ms): a newer code, of any sign-in, ends it. */
  readonly sentAt?: number;
  /** The proof happens at another site. */
  readonly away?: Away;
  /** Further keys of the factor that may answer as well. */
  readonly among?: readonly string[];
  /** Ids of the messages sent for it. */
  readonly messages: readonly string[];
  /** When the next code may be sent (ms), if this one was sent before. */
  readonly pausedUntil?: number;
}
