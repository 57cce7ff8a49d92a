/** Everything that one request of a sign-in is decided on, read once. */
import type { Factor, FactorId, Language, Strength, ThingInHand } from '../factors/contract.ts';
import type { Candidate } from '../factors/policy/migration.ts';
import type { Demand, Holding } from '../factors/policy/second-step.ts';
import type { EffectiveSchedule, FactorStatus, Level, Schedule } from '../factors/policy/types.ts';
import type { KnownBrowser, Occasion } from '../factors/occasion.ts';
import type { Key, Person, TrustedDevice } from '../accounts/person.ts';
import type { DecisionFacts } from './next-step.ts';
import type { SignInState } from './sign-in-state.ts';

/** What the configuration says of a relying party. */
export interface ClientRule {
  readonly id: string;
  readonly nameIn: (language: Language) => string;
  /** Factors that it accepts; absent: all. */
  readonly accepts?: readonly FactorId[];
  /** Whether a trusted device stands for the second step here. */
  readonly trustedDevice?: boolean;
}

export interface FactorRule {
  readonly factor: Factor;
  readonly settings: unknown;
  readonly recommended: boolean;
}

/** What the deployment says of second steps. */
export interface SecondStepRules {
  readonly askHolders: boolean;
  /** Keys may be activated on the way through a sign-in, and the way there is offered. */
  readonly mayActivate: boolean;
  readonly demands: readonly Demand[];
  /** Whether somebody whose mailbox this is may activate no key. */
  readonly barsMailbox: (address: string) => boolean;
  /** How long a device is trusted (ms); absent: none is. */
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
  readonly steps: SignInState;
  readonly person: Person | undefined;
  /** Enabled factors, in the order of the configuration. */
  readonly factors: readonly FactorRule[];
  /** The most that a key of any installed factor can be worth, also of one that is not enabled; `undefined`: it is not installed. */
  readonly strengthOf: (factor: FactorId) => Strength | undefined;
  readonly rules: SecondStepRules;
  /** Whether this browser is that one; absent: it is none that we know. */
  readonly isDevice?: (device: TrustedDevice) => boolean;
  readonly schedules: Readonly<Record<FactorId, Schedule>>;
  /** Absent: none is bound. */
  readonly browser?: KnownBrowser;
  /** Whether the request may be answered for this account; absent: for every one. */
  readonly isExpected?: (accountId: string) => boolean;
}

export interface SignInContext extends Omit<ContextFacts, 'isDevice' | 'isExpected' | 'browser'>, DecisionFacts {
  readonly unexpected: boolean;
  /** The same request, with other facts. */
  with(changes: Partial<ContextFacts>): SignInContext;
  readonly scheduleOf: (factor: FactorId) => EffectiveSchedule | undefined;
  readonly statusOf: (factor: FactorId) => FactorStatus;
  /** Whether a factor is enabled, is accepted by this relying party, and its last day is not over. */
  readonly counts: (factor: FactorId) => boolean;
  /** Factors that this relying party accepts at the level it asks for. */
  readonly suitable: readonly FactorRule[];
  /** The person's active keys of those factors that still sign in, best first: not to be retired, then last used. */
  readonly usableKeys: readonly Key[];
  /** Factors besides the one that is asked for, one click away: the one used last first. */
  readonly others: readonly FactorId[];
  /** What may lead to one of `offered` by what is at hand. */
  readonly hands: readonly ThingInHand[];
  /** Of `offered`, what goes with this. */
  readonly offeredFor: (inHand: ThingInHand) => readonly FactorId[];
  /** The person's keys that can prove, wherever they are taken, who asks for another one; the one used last first. */
  readonly provableKeys: readonly Key[];
  readonly holding: Holding;
  /** The device whose trust stands for the second step now. */
  readonly trusted: TrustedDevice | undefined;
  /** Whether the box may be ticked, and how long it would hold (ms). */
  readonly mayTrust: number | undefined;
  /** Factors that may replace `from`; without it, that may be added: after what was proved, or could be proved by `from`. */
  readonly targetsOf: (from: FactorId | undefined) => readonly Candidate[];
  /** Why `targetsOf` is empty: there is no such factor, or what was proved is too weak beside the strongest key. */
  readonly whyNoTarget: (from: FactorId | undefined) => 'replacement_missing' | 'stronger_proof_needed';
  /** Whether what was proved is enough to bind a key of this factor to the account as it stands. */
  readonly mayBind: (id: FactorId, from: FactorId | undefined) => boolean;
  /** The bar that a new key carries on for this one, whose place it takes by what was proved. */
  readonly carriedFrom: (key: string | undefined) => Strength | undefined;
  /** Whether what was proved is enough to change the account's address: as much as the strongest key. */
  readonly mayChangeAddress: boolean;
  /** An administrator lets this person activate one key now. */
  readonly permitted: boolean;
  readonly occasion: (purpose: Occasion['purpose']) => Occasion;
}
