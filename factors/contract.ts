/**
 * The one page that the author of a factor must read.
 *
 * A factor is a folder with a `factor.ts` whose default export is a `Factor`; the folder's name is its id. It is a record of functions, not a class.
 * It sees `Tools` and nothing else of the product: no koa, no storage, no configuration file. Three rules:
 *
 * 1. A wrong answer is a *value* (`refused('code_wrong')`, from the closed list of reasons). A throw is a *fault*: logged, shown as one constant
 *    sentence, never a way in.
 * 2. States are JSON that the core keeps sealed and unread. They carry a `version`; the schema re-checks what storage returns and may upgrade older
 *    versions (`z.preprocess`). What makes a proof single-use belongs into the *next* secret state: the core writes it by compare-and-swap
 *    *before* the success counts.
 * 3. Limits of guessing and sending, expiry, audit, dates and messages are the core's work. A factor never counts, waits or stores.
 */
import type { ZodType } from 'zod';
import type { FactorReason, RefusedField } from './reasons.ts';

export type FactorId = string;
export type Language = 'nl' | 'fr' | 'de' | 'en';

export type Refused = { readonly ok: false; readonly reason: FactorReason } & RefusedField;
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;
export const accepted = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const refused = (reason: FactorReason, about: RefusedField = {}): Refused => ({ ok: false, reason, ...about });

/**
 * Form fields as sent, each a single string of at most 1,024 characters, or what `traits.longFields` allows (the core refuses anything else beforehand),
 * neither trimmed nor folded.
 */
export type Input = Readonly<Record<string, string>>;

/** What a page may show: plain JSON, given to the factor's own template as `shows`. Kept with the interaction, never logged. */
export type Shows = Readonly<Record<string, unknown>>;

export interface Random {
  bytes(length: number): Uint8Array;
  /** Unbiased, 0 ≤ n < `below`. */
  int(below: number): number;
}

/** Password hashing (argon2id) with the parameters of the deployment and its limit on how many run at once. */
export interface SlowHash {
  hash(secret: string): Promise<string>;
  matches(hash: string, secret: string, wish?: HashWish): Promise<boolean>;
  /** What of a hash says how long checking it takes; `undefined`: it cannot be checked here. */
  costClass?(hash: string): string | undefined;
  /** Does once the work of checking a hash of this class. */
  rehearse?(costClass: string, wish?: HashWish): Promise<void>;
  /** Keeps a place among those who wait, before a try is counted that would need one. Throws, with `status` 503, where there is none. */
  keepPlace?(first?: boolean): HashPlace;
}

export interface HashPlace {
  /** Gives it up; harmless once it was used. */
  leave(): void;
}

export interface HashWish {
  /** Before all who wait without it: for a person who is known here. */
  readonly first?: boolean;
  /** Called when it is no longer waiting. */
  readonly started?: () => void;
  /** One that was kept, with the same `first`: there is room then. */
  readonly place?: HashPlace;
}

export interface Tools<Settings> {
  readonly settings: Settings;
  /** ms since the epoch; the same for the whole call. */
  readonly now: number;
  readonly random: Random;
  readonly hash: SlowHash;
  /** Who we are to the person: the name for an authenticator app's list, and the public origin. */
  readonly provider: { readonly name: string; readonly origin: string };
  /** For the operator; never a secret, never what the person typed. */
  readonly log: (event: string, facts?: Readonly<Record<string, string | number | boolean>>) => void;
}

/** Display facts of the person, already proven. */
export interface PersonFacts {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly email: string | undefined;
  readonly language: Language;
}

/** A message that the core sends (within its limits): text from the factor's own locales, `message.<template>.subject` / `.text`. */
export interface FactorMessage {
  readonly channel: 'email' | 'sms';
  readonly to: string;
  readonly template: string;
  readonly data: Readonly<Record<string, string | number>>;
  /** After this instant (ms) the message is worthless and is not sent any more. */
  readonly expiresAt: number;
}

/**
 * An enrolment under way. It may have several stages (first the number, then the code sent to it): then `confirm` answers with the next one instead
 * of a key.
 */
export interface Begun<Pending> {
  readonly pending: Pending;
  /** Names this stage where there are several; its heading is `enrol.<stage>.title` instead of `enrol.title`. */
  readonly stage?: string;
  /** What is typed at this stage guesses at no secret: a refusal is no failure. */
  readonly guessed?: false;
  readonly shows: Shows;
  readonly messages?: readonly FactorMessage[];
  /** First instant (ms) at which `confirm` is refused by the core with `code_expired`. */
  readonly expiresAt: number;
}

export interface Confirmed<Secret, Facts> {
  readonly secret: Secret;
  /** For the audit line of the new key: what the person agreed to, and the like. Never a secret. */
  readonly audit?: Readonly<Record<string, string | number>>;
  /** What confirming has proved, so that an enrolment may stand for a proof in the same sign-in. */
  readonly facts: Facts;
  /** What no two keys anywhere may share, e.g. the digest of a device's own number: the core refuses (`device_known`) what is bound already. */
  readonly unique?: string;
}

/** Tells the next stage of an enrolment from its end. */
export const isFurtherStage = <Pending>(value: Begun<Pending> | Confirmed<unknown, unknown>): value is Begun<Pending> =>
  'pending' in value;

export interface Challenged<Challenge> {
  readonly challenge: Challenge;
  readonly shows: Shows;
  readonly messages?: readonly FactorMessage[];
  /** First instant (ms) at which `verify` is refused by the core with `code_expired`; absent: as long as the interaction. */
  readonly expiresAt?: number;
}

export interface Proved<Secret, Facts> {
  /** The next state of the key: differs from the one before wherever an answer must not count twice. */
  readonly secret: Secret;
  readonly facts: Facts;
}

/** What a person must have at hand to use a key, as a list to choose from: people often know that rather than what their key is called. */
export const thingsInHand = ['phone', 'computer', 'card', 'letter', 'fob'] as const;
export type ThingInHand = (typeof thingsInHand)[number];

export type Strength = 'low' | 'substantial' | 'high';

/** What one proof is worth. `amr`: RFC 8176 §2 values. */
export interface Assurance {
  readonly amr: readonly string[];
  readonly strength: Strength;
  readonly possession: boolean;
  readonly userVerified: boolean;
  readonly hardware: boolean;
  readonly phishingResistant: boolean;
  /** Another channel than the browser carries the proof (RFC 8176 `mca`). */
  readonly otherChannel: boolean;
}

export type Health =
  | { readonly kind: 'healthy' }
  /** Works, but say so: `left` uses remain. */
  | { readonly kind: 'renew-soon'; readonly left: number }
  | { readonly kind: 'exhausted' };

/** Fit for pages, audit and administrators: masked, without a secret. `detail` tells one key from another ("j…@example.org", "card 1234"). */
export interface Summary {
  readonly detail: string;
  /** A word of the factor's own texts, `nature.<nature>`, for what the person should know of this key: "synced", "on this device only". */
  readonly nature?: string;
}

/** What an administrator hands out instead of the person enrolling: the key is ready, `document` is printed once and kept nowhere. */
export interface Issued<Secret> {
  readonly secret: Secret;
  readonly document: { readonly filename: string; readonly mediaType: string; readonly bytes: Uint8Array };
  /** The same in clear for a caller that asked for it as data (import into a card printer, the demo). Never logged. */
  readonly clear: Readonly<Record<string, unknown>>;
}

export interface Factor<Settings = unknown, Secret = unknown, Pending = unknown, Challenge = unknown, Facts = unknown> {
  /** Equals the folder's name: lower-case letters, digits, `-`. */
  readonly id: FactorId;
  /** Strict; its defaults are the recommended values. Becomes `factors.<id>.settings` of the configuration. */
  readonly settings: ZodType<Settings>;
  readonly states: {
    readonly secret: ZodType<Secret>;
    readonly pending: ZodType<Pending>;
    readonly challenge: ZodType<Challenge>;
  };
  readonly traits: {
    /** May one person hold several at once? */
    readonly many: boolean;
    /** May a person enrol it without an administrator? */
    readonly selfService: boolean;
    /** The channel on which `begin` and `challenge` send, for the core's sending limits. */
    readonly sends?: 'email' | 'sms';
    /**
     * A restricted authenticator (NIST SP 800-63B-4 §3.2.9): offered only beside an unrestricted kind, and enrolled only by who has accepted the risk.
     */
    readonly restricted?: boolean;
    /** Needs script in the browser: its pages get the product's own script for devices (`views/public/device-key.js`). */
    readonly script: boolean;
    /** Any one of these is needed; the page that helps people find their key asks by it. */
    readonly inHand?: readonly ThingInHand[];
    /** Factors that keep the same secret states and know each other's keys (`held` of `begin`). Default: the factor alone. */
    readonly family?: string;
    /** Fields of its pages that hold more than 1,024 characters: the most for each, at most 12,288. Left empty they are no try (`script_missing`). */
    readonly longFields?: Readonly<Record<string, number>>;
    /**
     * Kept for the day on which no other key is at hand. So the deployment cannot recommend it, each use is told to the person by mail, and a new
     * enrolment takes the place of the key of this kind that the person has, in one write.
     */
    readonly fallback?: boolean;
    /** A question is answered once, rightly or wrongly: after a refusal another one is asked. */
    readonly asksAnew?: boolean;
  };

  /** @param held the states of the keys of its family that the person has now */
  begin(
    tools: Tools<Settings>,
    person: PersonFacts,
    input: Input,
    held?: readonly Secret[],
  ): Promise<Outcome<Begun<Pending>>>;
  /** Ends the enrolment, or leads to its next stage (as often as it takes; "Previous" leads to the first one). */
  confirm(
    tools: Tools<Settings>,
    pending: Pending,
    input: Input,
  ): Promise<Outcome<Confirmed<Secret, Facts> | Begun<Pending>>>;
  /** "Send a new code" at a later stage; the code before is void. Absent: `begin` is called again. */
  again?(tools: Tools<Settings>, pending: Pending): Promise<Outcome<Begun<Pending>>>;
  /** @param others further keys of this kind that may answer as well; only with `select` */
  challenge(
    tools: Tools<Settings>,
    secret: Secret,
    others?: readonly Secret[],
  ): Promise<Outcome<Challenged<Challenge>>>;
  /** Which of the keys that were asked together `input` claims to come from (index); proves nothing. Pure. */
  select?(secrets: readonly Secret[], input: Input): number | undefined;
  verify(
    tools: Tools<Settings>,
    secret: Secret,
    challenge: Challenge,
    input: Input,
  ): Promise<Outcome<Proved<Secret, Facts>>>;

  /**
   * Whether what was typed can be an answer at all, whatever the right one is. What cannot is refused with `code_malformed` before a try is counted.
   * Absent: every answer counts. Pure.
   */
  wellFormed?(secret: Secret, challenge: Challenge, input: Input): boolean;

  /** The most that a proof can be worth under these settings. Pure. */
  strength(settings: Settings): Strength;
  /** Pure. */
  assure(facts: Facts, settings: Settings): Assurance;
  /** Pure. */
  health(secret: Secret, now: number, settings: Settings): Health;
  /** Pure. */
  describe(secret: Secret): Summary;

  /** Only for keys that stand on the account's mailbox: the key goes with it when the account's proven address becomes `address`. Pure. */
  readonly onMailbox?: { move(secret: Secret, address: string): Secret };

  /** Only for discoverable credentials with user verification: they sign in without name and password. */
  readonly usernameless?: {
    /** Drawn with each first page, and kept nowhere: `shows` goes to `views/usernameless.hbs`. */
    challenge(tools: Tools<Settings>): Promise<Outcome<Challenged<Challenge>>>;
    /** The `unique` of the key that `input` claims to come from; proves nothing. `verify` judges, and must not accept without user verification. */
    claim(input: Input): string | undefined;
  };
  /** Only for keys that an administrator hands out. `noun` is the word of the command line: `rekey <noun> issue`. */
  readonly issue?: {
    readonly noun: string;
    make(tools: Tools<Settings>, person: PersonFacts): Promise<Issued<Secret>>;
  };
  /** Import and export of keys with people (JSON lines). `load` takes what `dump` gave, and clear secrets where that makes sense. */
  readonly transfer?: {
    load(tools: Tools<Settings>, data: unknown): Promise<Outcome<Secret>>;
    dump(secret: Secret): unknown;
  };
}

/** Erases the type parameters, which only the factor itself needs: the core hands states back to the factor they came from. */
export function defineFactor<Settings, Secret, Pending, Challenge, Facts>(
  factor: Factor<Settings, Secret, Pending, Challenge, Facts>,
): Factor {
  return factor;
}
