/**
 * What of a configuration decides whether people get in: the enabled factors, what each relying party accepts and asks,
 * and whether people may activate keys. Nothing secret. Pure; kept in the store (`configuration-book.ts`), so that a
 * later configuration is compared with it.
 */
import { createHash } from 'node:crypto';
import type { Settings } from '../config/schema.ts';
import type { Factor, FactorId, Strength } from '../factors/contract.ts';
import { nothingShown, type Ladder } from '../factors/policy/assurance.ts';
import type { Level } from '../factors/policy/types.ts';
import type { Registry } from '../factors/registry.ts';
import type { FactorRule } from '../interactions/context.ts';
import { decisionRules, type DecisionRules, type KnownClient } from '../interactions/decision-rules.ts';
import type { Clock } from '../time/clock.ts';

export interface ClientFacts {
  readonly id: string;
  readonly level: Level;
  /** Absent: every factor. */
  readonly accepts?: readonly FactorId[];
}

export interface ConfigurationFacts {
  /** Enabled, with the highest level of a key of each. */
  readonly factors: readonly { readonly id: FactorId; readonly strength: Strength }[];
  readonly clients: readonly ClientFacts[];
  readonly secureAccount: boolean;
  /** Absent: no level demands more than strength. */
  readonly ladder?: Ladder;
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

/** In order of ids: the order in a file decides nothing. */
export function configurationFacts(deployment: {
  readonly settings: Settings;
  readonly registry: Registry;
  readonly clock: Clock;
}): ConfigurationFacts {
  const { factors, clients, rules } = decisionRules(deployment);
  return {
    factors: factors
      .map(({ factor, settings }) => ({ id: factor.id, strength: factor.strength(settings) }))
      .toSorted(byId),
    clients: [...clients.values()]
      .map(({ id, level, accepts }) => ({ id, level, ...(accepts && { accepts: accepts.toSorted() }) }))
      .toSorted(byId),
    secureAccount: rules.mayActivate,
    ...(rules.ladder && { ladder: rules.ladder }),
  };
}

/** Two configurations with one digest let the same people in. */
export const digestOf = (facts: ConfigurationFacts): string =>
  createHash('sha256').update(JSON.stringify(facts)).digest('base64url');

/**
 * The rules as they were under these facts. What is not among the facts, and relying parties that were none then, are
 * as they are now.
 * @param now rules of the present configuration
 */
export function rulesUnder(
  { factors, clients, secureAccount, ladder }: ConfigurationFacts,
  now: DecisionRules,
  registry: Registry,
): DecisionRules {
  const then = new Map(clients.map((client) => [client.id, client]));
  const { ladder: _now, ...withoutLadder } = now.rules;
  const strengths = new Map(factors.map(({ id, strength }) => [id, strength]));
  return {
    ...now,
    clients: new Map([...now.clients].map(([id, client]) => [id, clientThen(client, then.get(id))])),
    factors: factors.map(({ id, strength }) => ruleThen(id, strength, now, registry)),
    strengthOf: (id) => strengths.get(id) ?? now.strengthOf(id),
    rules: { ...withoutLadder, mayActivate: secureAccount, ...(ladder && { ladder }) },
  };
}

/** The same rules with one factor more, as far as it is known. */
export function rulesWith(
  ids: readonly FactorId[],
  now: DecisionRules,
  registry: Registry,
  strengthThen: (id: FactorId) => Strength | undefined,
): DecisionRules {
  const strength = (id: FactorId): Strength => strengthThen(id) ?? now.strengthOf(id) ?? 'high';
  return {
    ...now,
    factors: [...now.factors, ...ids.map((id) => ruleThen(id, strength(id), now, registry))],
    strengthOf: (id) => (ids.includes(id) ? strength(id) : now.strengthOf(id)),
  };
}

function clientThen(now: KnownClient, then: ClientFacts | undefined): KnownClient {
  if (!then) return now;
  const { accepts: _accepts, ...client } = now;
  return { ...client, level: then.level, ...(then.accepts && { accepts: then.accepts }) };
}

function ruleThen(id: FactorId, strength: Strength, now: DecisionRules, registry: Registry): FactorRule {
  const present = now.factors.find(({ factor }) => factor.id === id);
  const factor = registry.get(id) ?? goneFactor(id, registry);
  return {
    settings: present?.settings,
    recommended: present?.recommended ?? false,
    // What the keys of a factor show that is off is not known without its settings.
    factor: {
      ...factor,
      ...(present ? {} : { best: () => ({ ...nothingShown, strength }) }),
      strength: () => strength,
    },
  };
}

/** One that is not installed any more: of it only id, level and traits are asked. */
function goneFactor(id: FactorId, registry: Registry): Factor {
  const [any] = registry.all();
  if (!any) throw new Error('No factor is installed.');
  return { ...any, id, traits: { many: false, selfService: false, script: false } };
}

/** What one setting was, and is. */
export interface FactsDifference {
  /** As in the configuration: `factors.sms`, `clients.tax.accepts`, `clients.tax.level`, `signIn.secureAccount`. */
  readonly setting: string;
  readonly before: string;
  readonly now: string;
}

const acceptsOf = ({ accepts }: ClientFacts): string => accepts?.join(', ') ?? 'every factor';

/** Compares the factors and relying parties of `before`; a new one strands nobody. */
export function factsDifferences(before: ConfigurationFacts, now: ConfigurationFacts): readonly FactsDifference[] {
  const strength = (id: FactorId) => now.factors.find((factor) => factor.id === id)?.strength ?? 'not enabled';
  const factors = before.factors.map((factor) => [`factors.${factor.id}`, factor.strength, strength(factor.id)]);
  const clients = before.clients.flatMap((client) => {
    const present = now.clients.find(({ id }) => id === client.id);
    if (!present) return [];
    return [
      [`clients.${client.id}.accepts`, acceptsOf(client), acceptsOf(present)],
      [`clients.${client.id}.level`, client.level, present.level],
    ];
  });
  const secure = ['signIn.secureAccount', String(before.secureAccount), String(now.secureAccount)];
  return [...factors, ...clients, secure].flatMap(([setting = '', was = '', is = '']) =>
    was === is ? [] : [{ setting, before: was, now: is }],
  );
}
