/** The facts that decide one request of a sign-in. They are read once. */
import type { Factor, FactorId, Language, Strength, ThingInHand } from '../factors/contract.ts';
import type { Ladder } from '../factors/policy/assurance.ts';
import type { Candidate } from '../factors/policy/migration.ts';
import type { SecondFactorDeadline, Holding } from '../factors/policy/second-step.ts';
import type { EffectiveSchedule, FactorStatus, Level, Schedule } from '../factors/policy/types.ts';
import type { KnownBrowser, Occasion } from '../digital-keys/occasion.ts';
import type { DeviceKind } from '../accounts/device-kind.ts';
import type { Key, Person, TrustedBrowser } from '../accounts/person.ts';
import type { AskedAction } from '../provider/asked-action.ts';
import type { Reason } from '../factors/reasons.ts';
import type { ActivationLink } from './activation/activation-link.ts';
import type { ConsentAsked, ThirdParty } from './consent/third-party.ts';
import type { DecisionFacts } from './next-step.ts';
import type { SignInState } from './sign-in-state.ts';

/** The configuration of a relying party. */
export interface ClientRule {
  readonly id: string;
  readonly nameIn: (language: Language) => string;
  /** Factors that it accepts; absent: all. */
  readonly accepts?: readonly FactorId[];
  /** Whether a trusted browser replaces the second step here. */
  readonly trustedBrowser?: boolean;
  /** Groups whose accounts alone use it: nobody else misses it. Absent: everybody. */
  readonly onlyFor?: readonly string[];
  /** Where its sign-ins begin (`initiateLoginUri`), with our issuer. Absent: not known. */
  readonly begin?: string;
  /** Of a service of somebody else: people are asked before it gets anything. Absent: it is the deployment's own. */
  readonly thirdParty?: ThirdParty;
}

export interface FactorRule {
  readonly factor: Factor;
  readonly settings: unknown;
  readonly recommended: boolean;
  /** Whether people are asked about it at the end of the enrolment of another key. */
  readonly offerAfterEnrolment?: boolean;
}

/** The deployment's configuration of second steps. */
export interface SecondStepRules {
  /** What each level demands of a proof; absent: its strength. */
  readonly ladder?: Ladder;
  readonly asksForKey: boolean;
  /** Whether people may activate keys during a sign-in, and see a link for it. */
  readonly mayActivate: boolean;
  /** Whether an application lets people add keys by themselves (`clients[].actions`), as *My digital keys* does. */
  readonly addsElsewhere?: boolean;
  readonly deadlines: readonly SecondFactorDeadline[];
  /** Whether a person with this shared mailbox may activate no key. */
  readonly barsMailbox: (address: string) => boolean;
  readonly password: {
    /** In characters. */
    readonly minimumLength: number;
    /** Who may set a new password behind a proof of the mailbox. */
    readonly reset: 'off' | 'permitted' | 'everyone';
  };
  /** The factors that an activation may bind; absent: all that people activate themselves. */
  readonly activates?: readonly FactorId[];
  /** The terms of use that hold now. */
  readonly terms?: {
    readonly version: string;
    readonly textIn: (language: Language) => string;
    /** Whether who accepted another version is asked at the next sign-in. */
    readonly askAgain: boolean;
  };
  /** How long (ms) a browser is trusted; absent: browsers are never trusted. */
  readonly trustFor?: number;
}

export interface ContextFacts {
  readonly uid: string;
  readonly now: number;
  readonly language: Language;
  readonly order: 'key-first' | 'name-first';
  readonly client: ClientRule;
  /** What the sign-in must reach. */
  readonly level: Level;
  readonly state: SignInState;
  /** What the application asks the person to do, until it is done. */
  readonly action?: AskedAction | undefined;
  /** What a third party asks the person for. */
  readonly consent?: ConsentAsked | undefined;
  readonly person: Person | undefined;
  /** Of the action `activate`: the link of this browser. */
  readonly link?: ActivationLink | undefined;
  /** Enabled factors, in the order of the configuration. */
  readonly factors: readonly FactorRule[];
  /** The highest level of a key of an installed factor, enabled or not; `undefined`: the factor is not installed. */
  readonly strengthOf: (factor: FactorId) => Strength | undefined;
  readonly rules: SecondStepRules;
  /** Whether this browser is the trusted browser of that record; absent: this browser is not known. */
  readonly isTrustedHere?: (browser: TrustedBrowser) => boolean;
  readonly schedules: Readonly<Record<FactorId, Schedule>>;
  /** Absent: no code is bound to a browser. */
  readonly browser?: KnownBrowser;
  /** Every relying party, for changes of the account: absent: this one alone. */
  readonly everywhere?: readonly Pick<ContextFacts, 'client' | 'level' | 'order'>[];
  /** Whether an active key of this person is over by its factor's word; absent: none is. */
  readonly isOver?: (key: Key) => boolean;
  /** The kind of device of this request; absent: unknown. */
  readonly device?: DeviceKind | undefined;
  /** Whether the relying party accepts this account; absent: it accepts every account. */
  readonly isExpected?: (accountId: string) => boolean;
}

export interface SignInContext
  extends
    Omit<
      ContextFacts,
      'isTrustedHere' | 'isExpected' | 'isOver' | 'device' | 'browser' | 'everywhere' | 'action' | 'consent' | 'link'
    >,
    DecisionFacts {
  readonly action: AskedAction | undefined;
  readonly consent: ConsentAsked | undefined;
  readonly link: ActivationLink | undefined;
  /** Why the activation cannot go on. */
  readonly linkFault: Reason | undefined;
  readonly unexpected: boolean;
  readonly everywhere: readonly Pick<ContextFacts, 'client' | 'level' | 'order'>[];
  readonly isOver: (key: Key) => boolean;
  /** The same request with other facts. */
  with(changes: Partial<ContextFacts>): SignInContext;
  readonly scheduleOf: (factor: FactorId) => EffectiveSchedule | undefined;
  readonly statusOf: (factor: FactorId) => FactorStatus;
  /** Whether a factor is enabled, accepted by this relying party, and not past its last day. */
  readonly counts: (factor: FactorId) => boolean;
  /** Factors that this relying party accepts at the level it asks for. */
  readonly suitable: readonly FactorRule[];
  /**
   * The person's active keys of those factors that still sign in, best first: keys that are not being retired, then the
   * last used.
   */
  readonly usableKeys: readonly Key[];
  /** The other factors that the page offers beside the present one; the last used first. */
  readonly others: readonly FactorId[];
  /** The things at hand that can lead to one of `offered`. */
  readonly hands: readonly ThingInHand[];
  /** The factors of `offered` that belong to this thing at hand. */
  readonly offeredFor: (inHand: ThingInHand) => readonly FactorId[];
  /**
   * The person's keys that can prove who asks for another key, also keys that this relying party does not accept; the
   * last used first.
   */
  readonly provableKeys: readonly Key[];
  readonly holding: Holding;
  /** The trusted browser that replaces the second step now. */
  readonly trusted: TrustedBrowser | undefined;
  /** Whether the page shows the checkbox for trusting this browser, and for how long (ms). */
  readonly mayTrust: number | undefined;
  /**
   * Factors that may replace `from`; without `from`, factors that may be added. Depends on what was proved, or on what
   * a proof by `from` would permit.
   */
  readonly targetsOf: (from: FactorId | undefined) => readonly Candidate[];
  /** Why `targetsOf` is empty: there is no such factor, or the proof is weaker than the strongest key. */
  readonly whyNoTarget: (from: FactorId | undefined) => 'replacement_missing' | 'stronger_proof_needed';
  /** Whether the proofs permit binding a key of this factor to the account as it is now. */
  readonly mayBind: (id: FactorId, from: FactorId | undefined) => boolean;
  /** The bar that the new key inherits from the key that it replaces. */
  readonly carriedFrom: (key: string | undefined) => Strength | undefined;
  /** Whether the proofs permit changing the account's e-mail address: they must be as strong as the strongest key. */
  readonly mayChangeAddress: boolean;
  /** Whether a proof by this key is as strong as `about`. */
  readonly provesFor: (proving: Key, about: Key) => boolean;
  /** Whether the proof permits taking this key off: it must be as strong as the key. */
  readonly mayTakeOff: (key: Key) => boolean;
  /** An administrator permits this person to activate one key now. */
  readonly permitted: boolean;
  readonly occasion: (purpose: Occasion['purpose']) => Occasion;
}
