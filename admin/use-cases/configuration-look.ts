/**
 * What a configuration does to people: who has a way in under the one that was accepted last and none under this one,
 * and who holds keys of factors that it does not enable. By the decider of every sign-in, over shapes of accounts.
 * Called by `config check`, `factor list`, and the leader after a start.
 */
import type { FactorId } from '../../factors/contract.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { decisionRules, type DecisionRules } from '../../interactions/decision-rules.ts';
import { initialSchedules } from '../../schedules/from-configuration.ts';
import type { ConfigurationRecord } from '../configuration-book.ts';
import {
  configurationFacts,
  digestOf,
  factsDifferences,
  rulesUnder,
  rulesWith,
  type ConfigurationFacts,
  type FactsDifference,
} from '../configuration-facts.ts';
import type { Services } from '../services.ts';
import { administratorsShutOut, isAdministrator, type ShutOut } from './administrators-way.ts';
import { endsOf } from './look-ahead.ts';
import { populationOf, type Alike } from './population.ts';
import { fatesOf, opens, signsIn } from './preflight.ts';

/** People who have a way in there and would have none; relying parties without any are left out. */
export type StrandedByClient = Readonly<Record<string, number>>;

/** A factor that the configuration does not enable, and people hold keys of. */
export interface HeldFactor {
  readonly factor: FactorId;
  /** Whether it is installed at all. */
  readonly installed: boolean;
  /** Hold a key of it; disabled accounts are not among them. */
  readonly people: number;
  readonly disabled: number;
  /** Of the people: have no way in at some relying party, and would have one if the factor was enabled. */
  readonly stranded: number;
  readonly byClient: StrandedByClient;
}

export interface ConfigurationLook {
  readonly facts: ConfigurationFacts;
  readonly digest: string;
  /**
   * Against the configuration that was accepted last; none: there is no such, and it is compared with itself and every
   * factor that people hold.
   */
  readonly differences: readonly FactsDifference[];
  /** The instant (ms) at which most are stranded: now, or when a factor ends. */
  readonly at: number;
  /** Accounts that are not disabled. */
  readonly people: number;
  /** Stranded by this configuration at some relying party, who were not before. */
  readonly newlyStranded: number;
  readonly byClient: StrandedByClient;
  readonly closedClients: readonly string[];
  readonly closesAll: boolean;
  /** At the first of the instants at which no administrator has a way in any more; `undefined`: at none. */
  readonly shutsOut: ShutOut;
  /** Administrators that are not disabled; `undefined`: the configuration does not say who administers. */
  readonly administrators: number | undefined;
  readonly held: readonly HeldFactor[];
}

export type LookParts = Pick<Services, 'people' | 'settings' | 'registry' | 'schedules' | 'clock'>;

/** Called between any two shapes of accounts, so that a running server can answer requests meanwhile. */
export type Rest = () => Promise<void> | void;
const noRest: Rest = () => undefined;

/** Writes nothing. Throws `TooManyToCount` where accounts differ in more ways than a store tallies. */
export async function lookAtConfiguration(
  services: LookParts,
  { accepted }: Pick<ConfigurationRecord, 'accepted'>,
  rest: Rest = noRest,
): Promise<ConfigurationLook> {
  const population = await populationOf(services);
  const schedules = await schedulesAhead(services);
  const rules = decisionRules(services);
  const facts = configurationFacts(services);
  const digest = digestOf(facts);
  const held = await heldFactors(services, { population, schedules, accepted: accepted?.facts }, rest);
  const compared = {
    after: rules,
    before: accepted
      ? rulesUnder(accepted.facts, rules, services.registry)
      : rulesWith(
          held.map(({ factor }) => factor),
          rules,
          services.registry,
          () => undefined,
        ),
  };
  const now = services.clock.now();
  const looks = [];
  for (const at of new Set([now, ...endsOf(schedules)].map((instant) => Math.max(instant, now))))
    looks.push({ at, ...(await comparedAt(services, compared, { population, schedules, at }, rest)) });
  const [worst] = looks.toSorted((a, b) => b.newlyStranded - a.newlyStranded);
  return {
    facts,
    digest,
    differences: accepted ? factsDifferences(accepted.facts, facts) : [],
    people: population.reduce((sum, { person, accounts }) => sum + (person.disabled ? 0 : accounts), 0),
    at: now,
    newlyStranded: 0,
    byClient: {},
    ...worst,
    closedClients: [...new Set(looks.flatMap(({ closedClients }) => closedClients))],
    closesAll: looks.some(({ closesAll }) => closesAll),
    shutsOut: looks.find(({ shutsOut }) => shutsOut)?.shutsOut,
    administrators: administratorsAmong(population, services.settings),
    held,
  };
}

/** Those that the store holds, and what this configuration is about to add. */
async function schedulesAhead({ settings, schedules, clock }: LookParts): Promise<Schedules> {
  return { ...initialSchedules(settings.factors, clock.now()), ...(await schedules.stored()) };
}

interface Compared {
  readonly before: DecisionRules;
  readonly after: DecisionRules;
}

interface When {
  readonly population: readonly Alike[];
  readonly schedules: Schedules;
  readonly at: number;
}

async function comparedAt({ settings }: LookParts, compared: Compared, when: When, rest: Rest) {
  const { before, after } = compared;
  const { population, schedules, at } = when;
  const sides = {
    before: { rules: before, schedules, population },
    after: { rules: after, schedules, population },
  };
  const clients = [...after.clients.keys()];
  return {
    ...(await lostBy(compared, when, rest)),
    closedClients: clients.filter((id) => opens(before, schedules, id, at) && !opens(after, schedules, id, at)),
    closesAll: signsIn(before, schedules, at) && !signsIn(after, schedules, at),
    shutsOut: await administratorsShutOut(sides, { administrators: settings.administrators, at, rest }),
  };
}

function administratorsAmong(
  population: readonly Alike[],
  { administrators }: LookParts['settings'],
): number | undefined {
  if (!administrators) return undefined;
  return countOf(
    population.filter(({ person }) => isAdministrator(person, administrators)),
    false,
  );
}

async function lostBy({ before, after }: Compared, { population, schedules, at }: When, rest: Rest) {
  const clients = [...after.clients.keys()];
  const byClient: Record<string, number> = {};
  let newlyStranded = 0;
  for (const { person, accounts } of population) {
    if (person.disabled) continue;
    await rest();
    const is = fatesOf(after, schedules, person, { factor: '', at });
    if (!is.includes('stranded')) continue;
    const was = fatesOf(before, schedules, person, { factor: '', at });
    const lost = clients.filter((_, index) => is[index] === 'stranded' && was[index] !== 'stranded');
    if (lost.length > 0) newlyStranded += accounts;
    for (const client of lost) byClient[client] = (byClient[client] ?? 0) + accounts;
  }
  return { newlyStranded, byClient };
}

interface HeldWhen extends Omit<When, 'at'> {
  readonly accepted: ConfigurationFacts | undefined;
}

async function heldFactors(services: LookParts, when: HeldWhen, rest: Rest): Promise<readonly HeldFactor[]> {
  const { registry, clock } = services;
  const rules = decisionRules(services);
  const enabled = new Set(rules.factors.map(({ factor }) => factor.id));
  const found = new Map<FactorId, Alike[]>();
  for (const alike of when.population) {
    const ids = alike.person.keys.flatMap(({ factor, status }) => (status === 'active' ? [factor] : []));
    for (const id of new Set(ids)) if (!enabled.has(id)) found.set(id, [...(found.get(id) ?? []), alike]);
  }
  const listed: HeldFactor[] = [];
  for (const [factor, people] of [...found].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const strengthThen = (id: FactorId) => when.accepted?.factors.find((one) => one.id === id)?.strength;
    const before = rulesWith([factor], rules, registry, strengthThen);
    const lost = await lostBy({ before, after: rules }, { ...when, population: people, at: clock.now() }, rest);
    listed.push({
      factor,
      installed: registry.get(factor) !== undefined,
      people: countOf(people, false),
      disabled: countOf(people, true),
      stranded: lost.newlyStranded,
      byClient: lost.byClient,
    });
  }
  return listed;
}

const countOf = (alike: readonly Alike[], disabled: boolean): number =>
  alike.reduce((sum, { person, accounts }) => sum + (person.disabled === disabled ? accounts : 0), 0);

/** Only what people hold of factors that are not enabled. Throws as `lookAtConfiguration` does. */
export async function heldWithoutOffer(
  services: LookParts & Pick<Services, 'configurations'>,
): Promise<readonly HeldFactor[]> {
  const { accepted } = await services.configurations.read();
  const population = await populationOf(services);
  const schedules = await schedulesAhead(services);
  return heldFactors(services, { population, schedules, accepted: accepted?.facts }, noRest);
}
