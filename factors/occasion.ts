/** What a key is asked and judged for, and what was asked: plain data that the steps keep. Used by `verify-key.ts` and the interactions. */
import type { FactorId, Language, Shows } from './contract.ts';

/** The browser of a sign-in, known by the secret that it holds. */
export interface KnownBrowser {
  /** Of this sign-in's secret. */
  readonly digest: string;
  /** Whether the secret of that digest came along. */
  readonly has: (digest: string) => boolean;
}

/** Where and what for: one sign-in at one relying party. */
export interface Occasion {
  /** The interaction that a challenge is bound to. */
  readonly interaction: string;
  readonly client: string;
  readonly language: Language;
  /** `re-enrolment`: the proof opens nothing but the enrolment of a replacement. */
  readonly purpose: 'sign-in' | 're-enrolment';
  /** Where the password of this very sign-in came from: what was wrong there before is settled, what others do elsewhere is not. */
  readonly passwordFrom?: string;
  /** And in which browser: the digest of its token. */
  readonly passwordBrowser?: string;
  /** Absent where no browser is bound. */
  readonly browser?: KnownBrowser;
}

export interface Asked {
  readonly key: string;
  readonly factor: FactorId;
  readonly sealed: string;
  readonly shows: Shows;
  readonly detail: string;
  /** So many uses remain, where that is worth saying. */
  readonly left?: number;
  readonly expiresAt?: number;
  /** When its code was sent (ms): a newer one, in whatever sign-in, ends it. */
  readonly sentAt?: number;
  /** Further keys of the kind that may answer as well. */
  readonly among?: readonly string[];
  /** Ids of the messages that were sent for it. */
  readonly messages: readonly string[];
  /** The next code may be sent from here on (ms), where this is one that was sent before. */
  readonly pausedUntil?: number;
}
