/**
 * Lists the people who have a key of a factor, and what happens to each of them at an instant: uses the same decider as
 * the pre-flight, so that the numbers are equal. Reads every account once, a page at a time.
 */
import { allPages } from '../../adapters/storage/all-pages.ts';
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Person } from '../../accounts/person.ts';
import { shapeOf } from '../../accounts/shape.ts';
import { decidingDates } from '../../factors/policy/deciding-dates.ts';
import { ruleFor, type Schedules } from '../../factors/policy/schedule-rules.ts';
import { decisionRules, type DecisionRules } from '../../interactions/decision-rules.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { holdsActive } from './extension-bounds.ts';
import { readInstant } from './instant-meant.ts';
import { fatesOf, worstOf, type Fate } from './preflight.ts';

export interface HoldersRequest {
  readonly factor: string;
  /** Only people who can do nothing themselves. */
  readonly stranded?: boolean;
  /** Only people without a key of another factor. */
  readonly only?: boolean;
  /** What happens to them at this relying party alone. */
  readonly client?: string | undefined;
  readonly group?: string | undefined;
  /**
   * As an administrator writes it; absent: when everybody's last day is over, if that is in the future, otherwise now.
   */
  readonly at?: string | undefined;
}

export interface HolderLine {
  readonly id: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly disabled: boolean;
  readonly fate: Fate;
  /** Relying parties at which they are stranded. */
  readonly strandedAt: readonly string[];
  /** Other factors of which they have a working key. */
  readonly otherKeys: readonly string[];
  /** First instant (ISO 8601, UTC) at which the factor is over for them, for sign-ins anywhere. */
  readonly sunsetAt: string | null;
}

export interface Holders {
  /** ms */
  readonly at: number;
  readonly zone: string;
  /** A page of accounts was read: `read` of them so far. */
  pages(): AsyncGenerator<{ readonly lines: readonly HolderLine[]; readonly read: number }>;
}

type Parts = Pick<Services, 'people' | 'settings' | 'registry' | 'schedules' | 'clock'>;
const pageSize = 500;

export async function holdersOf(services: Parts, request: HoldersRequest): Promise<Outcome<Holders>> {
  const { factor, client, group } = request;
  if (!services.registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  const rules = decisionRules(services);
  if (client !== undefined && !rules.clients.has(client))
    return refuse('client_unknown', `There is no relying party ${client}.`);
  if (group !== undefined && !(await services.people.hasGroup(group)))
    return refuse('group_unknown', `Nobody is of a group ${group}.`);
  const schedules = await services.schedules.current();
  const schedule = Object.hasOwn(schedules, factor) ? schedules[factor] : undefined;
  const zone = schedule?.zone ?? 'UTC';
  const now = services.clock.now();
  const given = request.at === undefined ? undefined : readInstant(request.at, zone);
  if (given && !given.ok) return given;
  const at = given?.value ?? Math.max(now, ruleFor(schedule, { kind: 'all' })?.sunsetAt ?? now);
  const judge = judgeOf(rules, schedules, factor, at);
  return done({
    at,
    zone,
    async *pages() {
      let read = 0;
      for await (const items of allPages(services.people, pageSize)) {
        read += items.length;
        const held = items.map(({ value }) => value).filter((person) => holdsActive(person, factor));
        yield { read, lines: held.map((person) => lineOf(person, judge(person))).filter(wanted(request)) };
      }
    },
  });

  function lineOf(person: Person, fates: readonly Fate[]): HolderLine {
    const clients = [...rules.clients.keys()];
    const { id, username, groups, disabled, keys } = person;
    const own = client === undefined ? worstOf(fates) : fates[clients.indexOf(client)];
    const sunset = schedule && decidingDates(schedule, circumstancesOf(person)).sunsetAt;
    const others = keys.filter((key) => key.status === 'active' && key.factor !== factor);
    return {
      id,
      username,
      groups,
      disabled,
      fate: own ?? 'keep',
      strandedAt: clients.filter((_, index) => fates[index] === 'stranded'),
      otherKeys: [...new Set(others.map((key) => key.factor))],
      sunsetAt: sunset ? new Date(sunset.instant).toISOString() : null,
    };
  }
}

/** Accounts that no decision distinguishes are judged once. */
function judgeOf(
  rules: DecisionRules,
  schedules: Schedules,
  factor: string,
  at: number,
): (person: Person) => readonly Fate[] {
  const known = new Map<string, readonly Fate[]>();
  return (person) => {
    const isBarred = person.email !== undefined && rules.rules.barsMailbox(person.email.address);
    const alike = JSON.stringify([shapeOf(person), person.permit ?? null, isBarred]);
    const found = known.get(alike) ?? fatesOf(rules, schedules, person, { factor, at });
    if (known.size < mostKnown) known.set(alike, found);
    return found;
  };
}

const mostKnown = 10_000;

/**
 * Disabled accounts are stranded because they are disabled, not by the dates: they are in the whole list alone, as the
 * pre-flight counts them apart.
 */
const wanted =
  ({ stranded = false, only = false, group }: HoldersRequest) =>
  (line: HolderLine): boolean =>
    (!stranded || (line.fate === 'stranded' && !line.disabled)) &&
    (!only || line.otherKeys.length === 0) &&
    (group === undefined || line.groups.includes(group));
