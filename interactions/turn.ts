/** Everything that one request of a sign-in is decided on, read once. */
import { thingsInHand, type Factor, type FactorId, type Language, type ThingInHand } from '../factors/contract.ts';
import { effective, maySignIn } from '../factors/policy/lifecycle.ts';
import { assess, targets, type Advice, type Candidate } from '../factors/policy/migration.ts';
import { rank } from '../factors/policy/assurance.ts';
import { demandFor, secondStep, type Demand, type Holding } from '../factors/policy/second-step.ts';
import type { EffectiveSchedule, FactorStatus, Level, Schedule } from '../factors/policy/terms.ts';
import type { Occasion } from '../factors/proofs.ts';
import type { Key, Person, TrustedDevice } from '../people/person.ts';
import type { DecisionFacts } from './next-step.ts';
import type { Steps } from './transaction.ts';

/** What the configuration says of a relying party. */
export interface ClientRule {
  readonly id: string;
  readonly nameIn: (language: Language) => string;
  /** Kinds of key it takes; absent: all. */
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

export interface TurnFacts {
  readonly uid: string;
  readonly now: number;
  readonly language: Language;
  readonly order: 'key-first' | 'name-first';
  readonly client: ClientRule;
  /** What the sign-in must reach. */
  readonly level: Level;
  readonly steps: Steps;
  readonly person: Person | undefined;
  /** Enabled kinds, in the order of the configuration. */
  readonly factors: readonly FactorRule[];
  readonly rules: SecondStepRules;
  /** Whether this browser is that one; absent: it is none that we know. */
  readonly isDevice?: (device: TrustedDevice) => boolean;
  readonly schedules: Readonly<Record<FactorId, Schedule>>;
}

export interface Turn extends TurnFacts, DecisionFacts {
  readonly scheduleOf: (factor: FactorId) => EffectiveSchedule | undefined;
  readonly statusOf: (factor: FactorId) => FactorStatus;
  /** Kinds that this relying party takes at the level it asks. */
  readonly suitable: readonly FactorRule[];
  /** The person's active keys of those kinds that still sign in, best first: not going, then last used. */
  readonly usableKeys: readonly Key[];
  /** Kinds besides the one that is asked for, one click away: the one used last first. */
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
  /** What may take the place of `from`; without it, what may be added. */
  readonly targetsOf: (from: FactorId | undefined) => readonly Candidate[];
  readonly occasion: (purpose: Occasion['purpose']) => Occasion;
}

/** How old a password may be that lets keys be activated (ASVS 7.5.1). */
const freshMs = 5 * 60_000;

export function createTurn(facts: TurnFacts): Turn {
  const { now, client, person, schedules, factors, level } = facts;
  const circumstances = { client: client.id, groups: person?.groups ?? [] };
  const scheduleOf = (factor: FactorId) => {
    const schedule = schedules[factor];
    return schedule && effective(schedule, circumstances, now);
  };
  const statusOf = (factor: FactorId) => scheduleOf(factor)?.status ?? 'active';
  const suits = ({ factor, settings }: FactorRule) =>
    (client.accepts?.includes(factor.id) ?? true) && rank(factor.strength(settings)) >= rank(level);
  const suitable = factors.filter(suits);
  const going = (factor: FactorId) => scheduleOf(factor)?.sunsetAt !== undefined && statusOf(factor) !== 'active';
  const usableKeys = (person?.keys ?? [])
    .filter(
      (key) =>
        key.status === 'active' &&
        maySignIn(statusOf(key.factor)) &&
        suitable.some(({ factor }) => factor.id === key.factor),
    )
    .toSorted(
      (a, b) =>
        Number(going(a.factor)) - Number(going(b.factor)) || (b.lastUsedAt ?? b.boundAt) - (a.lastUsedAt ?? a.boundAt),
    );
  // Putting it off in this very sign-in was one of those that were left.
  const postponedBefore = (factor: FactorId): number | undefined => {
    const { count, signIn } = person?.postponements[factor] ?? { count: 0 };
    return person && count - (signIn === facts.uid ? 1 : 0);
  };
  const advise = (factor: FactorId): Advice => assess(scheduleOf(factor), postponedBefore(factor));
  const listed = suitable.map(({ factor }) => factor.id).filter((id) => statusOf(id) !== 'purged');
  const held = new Set(person?.keys.filter(({ status }) => status === 'active').map(({ factor }) => factor));
  // Before the name is known what the relying party takes; afterwards, where the name comes first, what the person holds of it.
  const enabled = (key: Key) => key.status === 'active' && factors.some(({ factor }) => factor.id === key.factor);
  const provableKeys = (person?.keys ?? [])
    .filter(
      (key) => enabled(key) && (maySignIn(statusOf(key.factor)) || assess(scheduleOf(key.factor)).kind === 'require'),
    )
    .toSorted(
      (a, b) =>
        Number(going(a.factor)) - Number(going(b.factor)) || (b.lastUsedAt ?? b.boundAt) - (a.lastUsedAt ?? a.boundAt),
    );
  const provable = [...new Set(provableKeys.map(({ factor }) => factor))];
  const strengthOf = (id: FactorId | undefined) => {
    const rule = factors.find(({ factor }) => factor.id === id);
    return rule ? rank(rule.factor.strength(rule.settings)) : 0;
  };
  const strongest = provableKeys
    .filter(({ factor }) => maySignIn(statusOf(factor)))
    .reduce((most, { factor }) => Math.max(most, strengthOf(factor)), 0);
  /** A key is added or replaced by a proof as strong as the strongest that there is, or as the new one (ASVS 7.5.1; NIST SP 800-63B-4 §4.1.2.1). */
  const mayAdd = (id: FactorId, from: FactorId | undefined) => {
    const { proof } = facts.steps;
    const proved = proof ? rank(proof.assurance.strength) : strengthOf(from);
    return proved >= Math.min(strongest, strengthOf(id));
  };
  const targetsOf = (from: FactorId | undefined) =>
    targets(
      from,
      from === undefined ? [] : (schedules[from]?.replacements ?? []),
      factors.map((rule) => ({
        id: rule.factor.id,
        status: statusOf(rule.factor.id),
        selfService: rule.factor.traits.selfService,
        many: rule.factor.traits.many,
        recommended: rule.recommended,
        suits: suits(rule),
        held: held.has(rule.factor.id),
      })),
    ).filter(({ id }) => mayAdd(id, from));
  const opensReplacement = (person?.keys ?? []).some(
    ({ status, factor }) => status === 'active' && listed.includes(factor) && advise(factor).kind === 'require',
  );
  const holdingOf = (): Holding => {
    if (usableKeys.length > 0 || opensReplacement) return 'askable';
    return provableKeys.length > 0 ? 'provable' : 'unusable';
  };
  const holding = !person || person.keys.every(({ status }) => status === 'off') ? 'none' : holdingOf();
  const { rules, steps } = facts;
  // Only beside a password given now, and never where something is to be changed or a level is asked.
  const trusting =
    client.trustedDevice === true &&
    level === 'single' &&
    steps.sessionFactors === undefined &&
    steps.securing === undefined &&
    steps.wizard === undefined;
  /** A key that is going is asked, so that its owner is told. */
  const staying = (id: string) => usableKeys.some((key) => key.id === id && advise(key.factor).kind === 'none');
  const trusted = trusting
    ? person?.devices?.find((device) => facts.isDevice?.(device) && now < device.until && staying(device.key))
    : undefined;
  const offered =
    facts.steps.securing && person !== undefined
      ? provable
      : person === undefined || facts.order === 'key-first'
        ? listed
        : listed.filter((id) => held.has(id) && advise(id).kind !== 'refuse');
  const usable = [...new Set(usableKeys.map(({ factor }) => factor))];
  const within = facts.steps.securing
    ? provable
    : facts.order === 'key-first'
      ? usable
      : [...new Set([...usable, ...offered])];
  const handsOf = (id: FactorId) => factors.find(({ factor }) => factor.id === id)?.factor.traits.inHand ?? [];
  const offeredFor = (inHand: ThingInHand) => offered.filter((id) => handsOf(id).includes(inHand));

  return {
    ...facts,
    scheduleOf,
    statusOf,
    suitable,
    usableKeys,
    advise,
    offered,
    others: person === undefined ? [] : within.filter((id) => id !== facts.steps.chosen),
    hands: thingsInHand.filter((thing) => offeredFor(thing).length > 0),
    offeredFor,
    provableKeys,
    holding,
    trusted,
    mayTrust:
      trusting && usableKeys.some(({ factor }) => factor === steps.chosen && advise(factor).kind === 'none')
        ? rules.trustFor
        : undefined,
    secondStep: secondStep({
      level,
      holding,
      trusted: trusted !== undefined,
      demand: demandFor(rules.demands, circumstances),
      askHolders: rules.askHolders,
      mayActivate: rules.mayActivate && (holding === 'provable' || targetsOf(undefined).length > 0),
      now,
    }),
    fresh: facts.steps.passwordAt !== undefined && now - facts.steps.passwordAt <= freshMs,
    mustProve: holding !== 'none',
    targetsOf,
    occasion: (purpose) => ({
      interaction: facts.uid,
      client: client.id,
      language: facts.language,
      purpose,
      ...(steps.passwordFrom === undefined ? {} : { passwordFrom: steps.passwordFrom }),
    }),
  };
}
