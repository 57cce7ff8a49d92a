/** Everything that one request of a sign-in is decided on, read once. */
import { thingsInHand, type Factor, type FactorId, type Language, type ThingInHand } from '../factors/contract.ts';
import { effective, maySignIn } from '../factors/policy/lifecycle.ts';
import { assess, targets, type Advice, type Candidate } from '../factors/policy/migration.ts';
import { rank } from '../factors/policy/assurance.ts';
import type { EffectiveSchedule, FactorStatus, Level, Schedule } from '../factors/policy/terms.ts';
import type { Occasion } from '../factors/proofs.ts';
import type { Key, Person } from '../people/person.ts';
import type { DecisionFacts } from './next-step.ts';
import type { Steps } from './transaction.ts';

/** What the configuration says of a relying party. */
export interface ClientRule {
  readonly id: string;
  readonly nameIn: (language: Language) => string;
  /** Kinds of key it takes; absent: all. */
  readonly accepts?: readonly FactorId[];
}

export interface FactorRule {
  readonly factor: Factor;
  readonly settings: unknown;
  readonly recommended: boolean;
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
  /** What may take the place of `from`. */
  readonly targetsOf: (from: FactorId) => readonly Candidate[];
  readonly occasion: (purpose: Occasion['purpose']) => Occasion;
}

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
  const offered =
    person === undefined || facts.order === 'key-first'
      ? listed
      : listed.filter((id) => held.has(id) && advise(id).kind !== 'refuse');
  const usable = [...new Set(usableKeys.map(({ factor }) => factor))];
  const within = facts.order === 'key-first' ? usable : [...new Set([...usable, ...offered])];
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
    targetsOf: (from) =>
      targets(
        from,
        schedules[from]?.replacements ?? [],
        factors.map((rule) => ({
          id: rule.factor.id,
          status: statusOf(rule.factor.id),
          selfService: rule.factor.traits.selfService,
          many: rule.factor.traits.many,
          recommended: rule.recommended,
          suits: suits(rule),
          held: held.has(rule.factor.id),
        })),
      ),
    occasion: (purpose) => ({ interaction: facts.uid, client: client.id, language: facts.language, purpose }),
  };
}
