/**
 * How a change of accounts (their groups) affects their owners: who can sign in now and could not after the change, now
 * or at any later end of a factor; and whose last day would be nearer. Uses the decider of every sign-in, once for each
 * shape of account. Called by `person set`, `person group-add`, `person group-remove` and `person import --update`.
 */
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Person } from '../../accounts/person.ts';
import { shapeOf } from '../../accounts/shape.ts';
import { localPartOf } from '../../accounts/shared-mailbox.ts';
import { decidingDates } from '../../factors/policy/deciding-dates.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { decisionRules } from '../../interactions/decision-rules.ts';
import type { Refusal } from '../refusals.ts';
import type { Services } from '../services.ts';
import { administratorsShutOut, losesWay, type ShutOut } from './administrators-way.ts';
import { acceptance, nearMs, shuttingOut, type Accepted } from './brake.ts';
import { populationOf } from './population.ts';
import { fatesOf } from './preflight.ts';

/** An account as it is, and after the change. */
export interface AccountChange {
  readonly before: Person;
  readonly after: Person;
}

export interface AccountsLook {
  /** Changed accounts. */
  readonly touched: number;
  /** Of these: people who could not sign in at some relying party, at some instant, and can without the change. */
  readonly stranded: number;
  /** Of these: people with a key that would end earlier than now, and within seven days or in the past. */
  readonly near: number;
  /** By relying party. */
  readonly byClient: Readonly<Record<string, number>>;
  /** Where no administrator would have a way in any more, from now on; `undefined`: nowhere. */
  readonly shutsOut: ShutOut;
}

type Parts = Pick<Services, 'people' | 'settings' | 'registry' | 'clock' | 'schedules'>;

export async function lookAtAccounts(services: Parts, changes: readonly AccountChange[]): Promise<AccountsLook> {
  const schedules = await services.schedules.current();
  const now = services.clock.now();
  const alike = new Map<string, { change: AccountChange; accounts: number }>();
  for (const change of changes) {
    const key = JSON.stringify([kindOf(change.before), kindOf(change.after)]);
    const known = alike.get(key);
    if (known) known.accounts += 1;
    else alike.set(key, { change, accounts: 1 });
  }
  const rules = decisionRules(services);
  const clients = [...rules.clients.keys()];
  const sum = { stranded: 0, near: 0 };
  const byClient: Record<string, number> = {};
  for (const { change, accounts } of alike.values()) {
    const { before, after } = change;
    if (isNearer(schedules, change, now)) sum.near += accounts;
    const lost = new Set<string>();
    for (const at of instantsOf(schedules, change, now)) {
      const was = fatesOf(rules, schedules, before, { factor: '', at });
      const is = fatesOf(rules, schedules, after, { factor: '', at });
      for (const [index, client] of clients.entries())
        if (is[index] === 'stranded' && was[index] !== 'stranded') lost.add(client);
    }
    if (lost.size > 0) sum.stranded += accounts;
    for (const client of lost) byClient[client] = (byClient[client] ?? 0) + accounts;
  }
  return { touched: changes.length, ...sum, byClient, shutsOut: await shutsOutBy(services, changes) };
}

/** Whether these changes leave every administrator without a way in now. */
export async function shutsOutBy(services: Parts, changes: readonly AccountChange[]): Promise<ShutOut> {
  const { administrators } = services.settings;
  if (!administrators) return undefined;
  const given = { rules: decisionRules(services), schedules: await services.schedules.current() };
  const at = services.clock.now();
  if (!changes.some((change) => losesWay(given, change, { administrators, at }))) return undefined;
  const others = await populationOf(
    services,
    changes.map(({ before }) => before),
  );
  const side = (which: keyof AccountChange) => ({
    ...given,
    population: [...others, ...changes.map((change) => ({ person: change[which], accounts: 1 }))],
  });
  return administratorsShutOut({ before: side('before'), after: side('after') }, { administrators, at });
}

/** Why the change is refused; none: it is not. */
export function brakeAccounts(look: AccountsLook, accepted: Accepted | undefined): readonly Refusal[] {
  const shutting = shuttingOut([look.shutsOut]);
  return shutting.length > 0 ? shutting : acceptance(look.stranded, look.near > 0, accepted);
}

/** With the facts that a shape leaves out: a permit, and a mailbox that several people may read. */
export const kindOf = (person: Person): string =>
  JSON.stringify([
    shapeOf(person),
    person.permit?.until ?? null,
    person.email === undefined ? null : localPartOf(person.email.address),
  ]);

const holds = (person: Person, factor: string): boolean =>
  !person.disabled && person.keys.some((key) => key.factor === factor && key.status === 'active');

function isNearer(schedules: Schedules, { before, after }: AccountChange, now: number): boolean {
  return Object.values(schedules).some((schedule) => {
    if (!holds(after, schedule.factor)) return false;
    const clients = [undefined, ...schedule.rules.flatMap(({ scope }) => (scope.kind === 'client' ? [scope.id] : []))];
    return clients.some((client) => {
      const [was, is] = [before, after].map(
        (one) => decidingDates(schedule, circumstancesOf(one, client)).sunsetAt?.instant,
      );
      return is !== undefined && is - now < nearMs && (was === undefined || is < was);
    });
  });
}

/** Now, and every later end of a factor for any person, or for this account alone. */
function instantsOf(schedules: Schedules, { before, after }: AccountChange, now: number): ReadonlySet<number> {
  const own = [before, after].flatMap(({ dates = {} }) =>
    Object.values(dates).flatMap(({ extendedTo = [], sunsetAt = [] }) => [extendedTo, sunsetAt].flat()),
  );
  const ends = Object.values(schedules).flatMap(({ rules }) => rules.flatMap(({ sunsetAt = [] }) => sunsetAt));
  return new Set([now, ...own, ...ends].map((instant) => Math.max(instant, now)));
}
