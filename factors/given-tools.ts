/** What a factor is given. Part of the contract (`contract.ts`), in a file of its own for its length. */

export type Language = 'nl' | 'fr' | 'de' | 'en';

export interface Random {
  bytes(length: number): Uint8Array;
  /** Unbiased, 0 ≤ n < `below`. */
  int(below: number): number;
}

/** Password hashing (argon2id) with the parameters of the deployment and its limit of parallel hashes. */
export interface SlowHash {
  hash(secret: string): Promise<string>;
  matches(hash: string, secret: string, wish?: HashWish): Promise<boolean>;
  /** The part of a hash that determines the time of a check; `undefined`: it cannot be checked here. */
  costClass?(hash: string): string | undefined;
  /** Does the work of checking a hash of this class once. */
  rehearse?(costClass: string, wish?: HashWish): Promise<void>;
  /** Reserves a place in the queue before a try is counted. Throws, with `status` 503, if there is none. */
  keepPlace?(first?: boolean): HashPlace;
}

export interface HashPlace {
  /** Releases it; no effect once it was used. */
  leave(): void;
}

export interface HashWish {
  /** Before all others in the queue: for a person who is known here. */
  readonly first?: boolean;
  /** Called when it leaves the queue. */
  readonly started?: () => void;
  /** A reserved place with the same `first`, which is never refused. */
  readonly place?: HashPlace;
}

export interface Tools<Settings> {
  readonly settings: Settings;
  /** ms since the epoch; constant during the call. */
  readonly now: number;
  readonly random: Random;
  readonly hash: SlowHash;
  /** Our name and public origin, for the list of an authenticator app. */
  readonly provider: { readonly name: string; readonly origin: string };
  /**
   * The only way out: no redirects, at most 64 KiB (or `mostBytes`, up to 4 MiB), no internal address unless the
   * deployment allows it. Give it a `signal` with a limit of time. No answer: it rejects; return `check_unavailable`.
   * `certificate`: ours with its key (PEM), for a site that asks for one (mutual TLS, RFC 8705).
   */
  readonly fetch: (
    url: string,
    request: RequestInit & { readonly mostBytes?: number; readonly certificate?: string },
  ) => Promise<Response>;
  /** For a factor with `leave`. */
  readonly wayBack: WayBack;
  /** Logs for the operator; never a secret, never what the person typed. */
  readonly log: (event: string, facts?: Readonly<Record<string, string | number | boolean>>) => void;
}

/** How an answer comes back from another site. */
export interface WayBack {
  /** For `leave`, and for the answer to it: 256 random bits with the name of the sign-in, for this one question. */
  readonly state: string;
  /** The address that the site must know. @param site its name, as in `leaves` */
  readonly returnTo: (site: string) => string;
  /** Of the page that is left. */
  readonly language: Language;
}

/** For a key that is printed: the words of the deployment, in the person's language. */
export interface Paper {
  /** One of the factor's own texts. */
  readonly text: (key: string, values?: Readonly<Record<string, string>>) => string;
  /** Whom people ask, line by line. */
  readonly helpDesk?: readonly string[];
  /** The last day of the factor, written out. */
  readonly lastDay?: string;
}
