/**
 * The pre-flight of a change of dates: whom it concerns, and who would be stranded by it, at any instant. Asks the
 * decider of every sign-in, once for each shape of account and relying party, and changes nothing. Called by every use
 * case that changes dates, and by `factor holders`.
 */
import { setImmediate } from 'node:timers/promises';
import type { Person } from '../../accounts/person.ts';
import type { FactorId } from '../../factors/contract.ts';
import { maySignIn } from '../../factors/policy/lifecycle.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import type { SignInContext } from '../../interactions/context.ts';
import { decisionRules, isUsedBy, type DecisionRules } from '../../interactions/decision-rules.ts';
import type { Prospect } from '../../interactions/prospect.ts';
import type { Services } from '../services.ts';
import { administratorsShutOut, type ShutOut } from './administrators-way.ts';
import { comesInByActivation } from './by-activation.ts';
import { populationOf, type Alike } from './population.ts';
import { contextOf, prospect } from './prospects.ts';

export interface PreflightRequest {
  /** The factor whose dates change. */
  readonly factor: FactorId;
  /** Before the change, and after it. */
  readonly before: Schedules;
  readonly after: Schedules;
  /** The instant (ms) of the sign-ins. */
  readonly at: number;
  /** All accounts, if they were counted already. */
  readonly population?: readonly Alike[];
  /** Accounts that the change leaves as they are: judged as administrators alone. */
  readonly others?: readonly Alike[];
  /** How each account changes besides the schedules; absent: it does not. Its own dates, not its keys or groups. */
  readonly changed?: (account: Person) => Person;
}

/** What happens to people who have a key of the factor. Without disabled accounts. */
export interface Fates {
  /** People who have a key of the factor. */
  readonly touched: number;
  /** Sign in with another key, or are not asked for one. */
  readonly keep: number;
  /** Sign in with this factor still. */
  readonly still: number;
  /** Sign in once they have activated a new key, which they can do themselves. */
  readonly mustReplace: number;
  /** Can do nothing themselves. */
  readonly stranded: number;
}

export interface Preflight extends Fates {
  readonly at: number;
  /** All accounts that are not disabled. */
  readonly people: number;
  /** Disabled accounts with a key of the factor: counted apart. */
  readonly disabled: number;
  /**
   * Stranded at some relying party by this change, and not before it: people who have a key of the factor, and people
   * who could have activated one.
   */
  readonly newlyStranded: number;
  /** Of these: people whom an activation by link and paper code would let in again. */
  readonly byActivation: number;
  readonly byClient: readonly (Fates & { readonly client: string })[];
  readonly byGroup: readonly (Fates & { readonly group: string })[];
  /** Relying parties at which no factor would sign in any more, and one does now. */
  readonly closedClients: readonly string[];
  /** No factor would sign in anybody anywhere, and one does now. */
  readonly closesAll: boolean;
  /** Where no administrator would have a way in any more, and one has now; `undefined`: nowhere. */
  readonly shutsOut: ShutOut;
}

type Parts = Pick<Services, 'people' | 'settings' | 'registry' | 'clock'>;
const zero = { touched: 0, keep: 0, still: 0, mustReplace: 0, stranded: 0 };
export type Fate = Exclude<keyof Fates, 'touched'>;

/** @returns counts of people; no names. Throws `TooManyToCount` if accounts differ in more ways than a store counts. */
export async function preflight(
  services: Parts,
  { factor, before, after, at, population, others = [], changed = (account) => account }: PreflightRequest,
): Promise<Preflight> {
  const rules = decisionRules(services);
  const clients = [...rules.clients.keys()];
  const everybody = population ?? (await populationOf(services));
  const { sum, total, byClient, byGroup } = await countFates(
    services.settings,
    { rules, everybody },
    { factor, before, after, at, changed },
  );
  const shutsOut = await administratorsShutOut(
    {
      before: { rules, schedules: before, population: [...everybody, ...others] },
      after: {
        rules,
        schedules: after,
        population: [...everybody.map((alike) => ({ ...alike, person: changed(alike.person) })), ...others],
      },
    },
    { administrators: services.settings.administrators, at, rest: setImmediate },
  );
  return {
    at,
    ...sum,
    ...total,
    byClient: [...byClient].map(([client, fates]) => ({ client, ...fates })),
    byGroup: [...byGroup].map(([group, fates]) => ({ group, ...fates })).toSorted((a, b) => b.touched - a.touched),
    closedClients: clients.filter((client) => opens(rules, before, client, at) && !opens(rules, after, client, at)),
    closesAll: signsIn(rules, before, at) && !signsIn(rules, after, at),
    shutsOut,
  };
}

/** Counts what happens to the accounts: of all, at each relying party, and of each group. */
async function countFates(
  settings: Services['settings'],
  { rules, everybody }: { readonly rules: DecisionRules; readonly everybody: readonly Alike[] },
  {
    factor,
    before,
    after,
    at,
    changed,
  }: Required<Pick<PreflightRequest, 'factor' | 'before' | 'after' | 'at' | 'changed'>>,
) {
  const clients = [...rules.clients.keys()];
  const sum = { people: 0, disabled: 0, newlyStranded: 0, byActivation: 0 };
  const total = { ...zero };
  const byClient = new Map(clients.map((client) => [client, { ...zero }]));
  const byGroup = new Map<string, typeof total>();

  for (const { person, accounts } of everybody) {
    // Sign-ins are served meanwhile.
    await setImmediate();
    const holds = person.keys.some((one) => one.factor === factor && one.status === 'active');
    if (person.disabled) {
      sum.disabled += holds ? accounts : 0;
      continue;
    }
    sum.people += accounts;
    const fates = fatesOf(rules, after, changed(person), { factor, at });
    const was = fatesOf(rules, before, person, { factor, at });
    // Also people without a key: a key of this factor may be the only one that they could activate.
    const lost = clients.filter((_, index) =>
      isNewlyStranded(fates.slice(index, index + 1), was.slice(index, index + 1)),
    );
    if (lost.length > 0) {
      sum.newlyStranded += accounts;
      const there = lost.map((client) => contextOf(rules, after, changed(person), client, at));
      if (comesInByActivation(settings, person, there)) sum.byActivation += accounts;
    }
    if (!holds) continue;
    const worst = worstOf(fates);
    add(total, worst, accounts);
    for (const [index, client] of clients.entries()) add(byClient.get(client), fates[index], accounts);
    for (const group of person.groups) {
      if (!byGroup.has(group)) byGroup.set(group, { ...zero });
      add(byGroup.get(group), worst, accounts);
    }
  }
  return { sum, total, byClient, byGroup };
}

/** Whether some factor signs in a person without groups, at some relying party. */
export const signsIn = (rules: DecisionRules, schedules: Schedules, at: number): boolean =>
  [...rules.clients.keys()].some((client) => hasFactor(contextOf(rules, schedules, undefined, client, at)));

const hasFactor = ({ suitable, statusOf }: SignInContext): boolean =>
  suitable.some(({ factor }) => maySignIn(statusOf(factor.id)));

/** What happens to a person with a key of the factor at each relying party, in the order of the configuration. */
export const fatesOf = (
  rules: DecisionRules,
  schedules: Schedules,
  person: Person,
  { factor, at }: Pick<PreflightRequest, 'factor' | 'at'>,
): readonly Fate[] =>
  // Nobody is stranded at a relying party that is for others.
  [...rules.clients.values()].map((client) =>
    isUsedBy(client, person) ? fateOf(prospect(rules, schedules, person, client.id, at), factor) : 'keep',
  );

/** Whether some factor, or a password alone, signs in a person without groups at this relying party. */
export function opens(rules: DecisionRules, schedules: Schedules, client: string, at: number): boolean {
  const context = contextOf(rules, schedules, undefined, client, at);
  return context.level === 'single' || hasFactor(context);
}

function fateOf(found: Prospect, factor: FactorId): Fate {
  switch (found.kind) {
    case 'opens':
      return found.by.length > 0 && found.by.every((id) => id === factor) ? 'still' : 'keep';
    case 'replaces':
    case 'activates':
      return 'mustReplace';
    case 'disabled':
    case 'stranded':
      return 'stranded';
  }
}

/** Stranded at some relying party, and not there before. @param was before the change, in the same order */
export const isNewlyStranded = (fates: readonly Fate[], was: readonly Fate[]): boolean =>
  fates.some((fate, index) => fate === 'stranded' && was[index] !== 'stranded');

/** Over all relying parties: a person who is stranded at one of them is stranded. */
export function worstOf(fates: readonly Fate[]): Fate {
  const order: readonly Fate[] = ['stranded', 'mustReplace', 'still', 'keep'];
  return order.find((fate) => fates.includes(fate)) ?? 'keep';
}

function add(to: Record<keyof Fates, number> | undefined, fate: Fate | undefined, accounts: number): void {
  if (!to || !fate) return;
  to.touched += accounts;
  to[fate] += accounts;
}
