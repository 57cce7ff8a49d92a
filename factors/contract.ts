/**
 * The one page that the author of a factor must read.
 *
 * A factor is a folder with a `factor.ts` whose default export is a `Factor`, a record of functions; its id is the
 * folder's name. It sees `Tools` and nothing else: no koa, no storage, no configuration file. Three rules:
 * 1. A wrong answer is a *value* (`refused('code_wrong')`, from the closed list of reasons). A throw is a *fault*: it
 *    is logged and shown as one constant sentence, and never lets anybody in.
 * 2. States are JSON that the core keeps sealed and unread. They carry a `version`; the schema re-checks what storage
 *    returns and may upgrade older versions (`z.preprocess`). What makes a proof single-use belongs into the *next*
 *    secret state: the core writes it by compare-and-swap *before* the success counts. A factor keeps everything about
 *    a key in its secret state. On the factor's day of deletion the core deletes it; it keeps `describe` and the level.
 * 3. The core does the rest: limits of guessing and sending, expiry, audit, dates and messages. A factor never counts,
 *    waits or stores.
 */
import type { ZodType } from 'zod';
import type { Language, Paper, Tools } from './given-tools.ts';
import type { FactorReason, RefusedField } from './reasons.ts';

export type FactorId = string;

export type Refused = { readonly ok: false; readonly reason: FactorReason } & RefusedField;
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;
export const accepted = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const refused = (reason: FactorReason, about: RefusedField = {}): Refused => ({ ok: false, reason, ...about });

/** Form fields as sent: each of at most 1,024 characters, or as in `traits.longFields`; neither trimmed nor folded. */
export type Input = Readonly<Record<string, string>>;

/** What a page may show: plain JSON, `shows` in the factor's template. Stored with the interaction, never logged. */
export type Shows = Readonly<Record<string, unknown>>;

export type { HashPlace, HashWish, Language, Paper, Random, SlowHash, Tools, WayBack } from './given-tools.ts';

/** Facts of the person for display, already proved. */
export interface PersonFacts {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly email: string | undefined;
  readonly language: Language;
}

/** A message for the core to send. Its texts are in the factor's locales: `message.<template>.subject`, `.text`. */
export interface FactorMessage {
  readonly channel: 'email' | 'sms';
  readonly to: string;
  readonly template: string;
  readonly data: Readonly<Record<string, string | number>>;
  /** After this instant (ms) the message is useless and is not sent any more. */
  readonly expiresAt: number;
}

/** An enrolment in progress. With several stages (first the number, then its code) `confirm` returns the next one. */
export interface Begun<Pending> {
  readonly pending: Pending;
  /** Names this stage if there are several; its heading is `enrol.<stage>.title` instead of `enrol.title`. */
  readonly stage?: string;
  /** This stage asks for no secret: a refusal counts as no failure. */
  readonly guessed?: false;
  /** The person proves it at another site: its name here, a word; see `leave`. */
  readonly leaves?: string;
  readonly shows: Shows;
  readonly messages?: readonly FactorMessage[];
  /** First instant (ms) at which the core refuses `confirm` with `code_expired`. */
  readonly expiresAt: number;
}

export interface Confirmed<Secret, Facts> {
  readonly secret: Secret;
  /** For the audit event of the new key, such as what the person agreed to. Never a secret. */
  readonly audit?: Readonly<Record<string, string | number>>;
  /** What the confirmation has proved, so that an enrolment can count as a proof in the same sign-in. */
  readonly facts: Facts;
  /** E.g. the digest of a device's number: the core refuses (`device_known`) a second key with the same value. */
  readonly unique?: string;
  /** Earlier values of `unique`, e.g. digests under earlier keys: the core refuses these as well. */
  readonly formerly?: readonly string[];
}

/** Whether this is a further stage, not the end of the enrolment. */
export const isFurtherStage = <Pending>(value: Begun<Pending> | Confirmed<unknown, unknown>): value is Begun<Pending> =>
  'pending' in value;

export interface Challenged<Challenge> {
  readonly challenge: Challenge;
  /** The person proves it at another site: its name here, a word; see `leave`. */
  readonly leaves?: string;
  readonly shows: Shows;
  readonly messages?: readonly FactorMessage[];
  /** From this instant (ms) on the core answers `code_expired`; absent: valid as long as the interaction. */
  readonly expiresAt?: number;
}

export interface Proved<Secret, Facts> {
  /** The next state of the key. It must differ from the present one if an answer may count only once. */
  readonly secret: Secret;
  readonly facts: Facts;
}

/** What a person needs at hand to use a key: people often know this better than the name of their key. */
export const thingsInHand = ['phone', 'computer', 'card', 'letter', 'fob'] as const;
export type ThingInHand = (typeof thingsInHand)[number];

export type Strength = 'low' | 'substantial' | 'high';

/** What a proof can show beside its strength; a deployment may demand it of a level (`levels`). */
export const proofTraits = [
  'possession',
  'userVerified',
  'hardware',
  'phishingResistant',
  'otherChannel',
  'notified',
] as const satisfies readonly (keyof Assurance)[];
export type ProofTrait = (typeof proofTraits)[number];

/** The value of one proof. `amr`: RFC 8176 §2 values. */
export interface Assurance {
  readonly amr: readonly string[];
  readonly strength: Strength;
  readonly possession: boolean;
  readonly userVerified: boolean;
  readonly hardware: boolean;
  readonly phishingResistant: boolean;
  /** The proof comes through another channel than the browser (RFC 8176 `mca`). */
  readonly otherChannel: boolean;
  /**
   * By a means of a national scheme that was notified under eIDAS (Regulation (EU) No 910/2014, Article 9), with the
   * level of `strength`. Absent: no.
   */
  readonly notified?: boolean;
}

/**
 * Whether a key works. If it is exhausted, or from `until` (ms) on, the core refuses it (`key_expired`) in a challenge,
 * an answer and `rekey explain`. The pre-flight and `factor progress` do not open sealed states, so they count such a
 * key until it is off.
 */
export type Health =
  | { readonly kind: 'healthy'; readonly until?: number }
  /** Works; the page shows the remaining uses, or else the end. The first proof with this result sends one mail. */
  | { readonly kind: 'renew-soon'; readonly left: number; readonly until?: number }
  | { readonly kind: 'renew-soon'; readonly left?: undefined; readonly until: number }
  | { readonly kind: 'exhausted' };

/** For pages, audit and administrators; no secret. `detail` distinguishes keys ("j…@example.org", "card 1234"). */
export interface Summary {
  readonly detail: string;
  /** A property that the person should know ("synced", "on this device only"); its text is `nature.<nature>`. */
  readonly nature?: string;
}

/** A key that an administrator issues instead of an enrolment. `document` is printed once and not stored. */
export interface Issued<Secret> {
  readonly secret: Secret;
  readonly document: { readonly filename: string; readonly mediaType: string; readonly bytes: Uint8Array };
  /** The same in clear text for a caller that requests it as data (a card printer, the demo). Never logged. */
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
    /** Whether one person may have several. */
    readonly many: boolean;
    /** Whether a person may enrol it without an administrator. */
    readonly selfService: boolean;
    /** The channel on which `begin` and `challenge` send, for the core's sending limits. */
    readonly sends?: 'email' | 'sms';
    /**
     * A restricted authenticator (NIST SP 800-63B-4 §3.2.9): offered only beside an unrestricted factor, and enrolled
     * only after the person has accepted the risk.
     */
    readonly restricted?: boolean;
    /** Needs script: the product's for devices (`views/public/device-key.js`); `own`: the folder's `views/page.js`. */
    readonly script: boolean | 'own';
    /** Any one of these is needed; the page that helps people find their key asks about it. */
    readonly inHand?: readonly ThingInHand[];
    /** Factors with the same secret state, which know each other's keys (`held` of `begin`). Default: itself alone. */
    readonly family?: string;
    /** Form fields with a maximum over 1,024 characters (12,288 at most). An empty one is no try (`script_missing`). */
    readonly longFields?: Readonly<Record<string, number>>;
    /**
     * A fallback for the day on which no other key is at hand. The deployment cannot recommend it, each use is reported
     * to the person by mail, and a new enrolment replaces the person's key of this factor, in one write.
     */
    readonly fallback?: boolean;
    /** A challenge can be answered only once, rightly or wrongly: after a refusal there is a new one. */
    readonly asksAnew?: boolean;
  };

  /** @param held the states of the person's keys of this family */
  begin(
    tools: Tools<Settings>,
    person: PersonFacts,
    input: Input,
    held?: readonly Secret[],
  ): Promise<Outcome<Begun<Pending>>>;
  /** Ends the enrolment, or returns its next stage (as often as needed; "Previous" returns to the first one). */
  confirm(
    tools: Tools<Settings>,
    pending: Pending,
    input: Input,
  ): Promise<Outcome<Confirmed<Secret, Facts> | Begun<Pending>>>;
  /** "Send a new code" at a later stage; the former code becomes void. Absent: `begin` is called again. */
  again?(tools: Tools<Settings>, pending: Pending): Promise<Outcome<Begun<Pending>>>;
  /**
   * Only where a person can save what `begin` showed, and finish in a later sign-in: the stage in which that is proved,
   * from the state that `begin` gave. It must show no secret of it. The core keeps the state on the account for two
   * days, sealed, and offers to begin from the start instead.
   */
  resume?(tools: Tools<Settings>, pending: Pending): Promise<Outcome<Begun<Pending>>>;
  /** @param others further keys of this factor that may answer as well; only with `select` */
  challenge(
    tools: Tools<Settings>,
    secret: Secret,
    others?: readonly Secret[],
  ): Promise<Outcome<Challenged<Challenge>>>;
  /** Which of the challenged keys `input` claims to come from (index); proves nothing. Pure. */
  select?(secrets: readonly Secret[], input: Input): number | undefined;
  verify(
    tools: Tools<Settings>,
    secret: Secret,
    challenge: Challenge,
    input: Input,
  ): Promise<Outcome<Proved<Secret, Facts>>>;

  /**
   * Only with `leaves`: the main button of the page calls it, as often as it is pressed, and the browser goes to `to`.
   * That site must send it to `wayBack.returnTo(leaves)` with `wayBack.state` as `state` (a GET, RFC 6749 §4.1.2): the
   * query of this request is then the input of `confirm` or `verify`. It comes from anywhere: the core has checked the
   * browser, the sign-in, the name and the state, once; the factor checks the rest.
   */
  leave?(tools: Tools<Settings>, asked: Pending | Challenge): Promise<Outcome<{ readonly to: string }>>;
  /** Public JSON of the factor under a name, at `/factor/<id>/published/<name>`: keys for other sites. Pure. */
  publishes?(settings: Settings, name: string): unknown;
  /**
   * Whether the input can be an answer at all, whatever the right one is. If not, it is refused with `code_malformed`
   * before a try is counted. Absent: every input counts. Pure.
   */
  wellFormed?(secret: Secret, challenge: Challenge, input: Input): boolean;

  /** The highest value of a proof under these settings. Pure. */
  strength(settings: Settings): Strength;
  /** Pure. */
  assure(facts: Facts, settings: Settings): Assurance;
  /**
   * Everything that a proof can show at best under these settings. Absent: nothing but its strength, so that no key of
   * this factor is asked for where the deployment demands more of a level (`levels` of the configuration). Pure.
   */
  best?(settings: Settings): Assurance;
  /** Pure. */
  health(secret: Secret, now: number, settings: Settings): Health;
  /** Pure. */
  describe(secret: Secret): Summary;

  /** Only for keys on the account's mailbox: the key's state after the proved address became `address`. Pure. */
  readonly onMailbox?: { move(secret: Secret, address: string): Secret };

  /** Only for discoverable credentials with user verification: they sign in without name and password. */
  readonly usernameless?: {
    /** Made for each first page, and not stored: `shows` goes to `views/usernameless.hbs`. */
    challenge(tools: Tools<Settings>): Promise<Outcome<Challenged<Challenge>>>;
    /** The `unique` that `input` names; proves nothing. `verify` judges, and must refuse without user verification. */
    claim(input: Input): string | undefined;
  };
  /** Only for keys that an administrator issues. `noun` is the word of the command line: `rekey <noun> issue`. */
  readonly issue?: {
    readonly noun: string;
    /** @param paper absent: the factor's texts as they are */
    make(tools: Tools<Settings>, person: PersonFacts, paper?: Paper): Promise<Issued<Secret>>;
  };
  /** Import and export of keys with accounts (JSON lines). `load` takes what `dump` returned, or clear secrets. */
  readonly transfer?: {
    load(tools: Tools<Settings>, data: unknown): Promise<Outcome<Secret>>;
    dump(secret: Secret): unknown;
  };
}

/** Erases the type parameters: only the factor itself needs them, and the core returns its states to it alone. */
export function defineFactor<Settings, Secret, Pending, Challenge, Facts>(
  factor: Factor<Settings, Secret, Pending, Challenge, Facts>,
): Factor {
  return factor;
}
