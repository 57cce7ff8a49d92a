/**
 * Lists the people who have a key of a factor, and what happens to each of them at an instant, by the dates in force or
 * by dates that may be written: uses the same decider as the pre-flight, so that the numbers are equal. Reads every
 * account once, a page at a time.
 */
import { allPages } from '../../adapters/storage/all-pages.ts';
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Person } from '../../accounts/person.ts';
import { shapeOf } from '../../accounts/shape.ts';
import { decidingDates } from '../../factors/policy/deciding-dates.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { decisionRules, type DecisionRules } from '../../interactions/decision-rules.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { datesCompared, type PlannedDates } from './dates-compared.ts';
import { holdsActive } from './extension-bounds.ts';
import { fatesOf, isNewlyStranded, worstOf, type Fate, type PreflightRequest } from './preflight.ts';

export interface FactorPeopleRequest {
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
  /** Judges by these dates, as if they were written; the time is then that of their dry run, if none is given. */
  readonly planned?: PlannedDates | undefined;
}

export interface FactorPersonLine {
  readonly id: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly disabled: boolean;
  readonly fate: Fate;
  /** Relying parties at which they are stranded. */
  readonly strandedAt: readonly string[];
  /**
   * Stranded by the dates that are judged: has a way in by the dates in force (where others are planned), or without
   * dates of this factor.
   */
  readonly newlyStranded: boolean;
  /** False: has no key of this factor, and is stranded because it was the only one that could be activated. */
  readonly holds: boolean;
  /** Other factors of which they have a working key. */
  readonly otherKeys: readonly string[];
  /** First instant (ISO 8601, UTC) at which the factor is over for them, for sign-ins anywhere. */
  readonly sunsetAt: string | null;
}

export interface FactorPeople {
  /** ms */
  readonly at: number;
  readonly zone: string;
  /** A page of accounts was read: `read` of them so far. */
  pages(): AsyncGenerator<{ readonly lines: readonly FactorPersonLine[]; readonly read: number }>;
}

type Parts = Pick<Services, 'people' | 'settings' | 'registry' | 'schedules' | 'clock'>;
const pageSize = 500;

export async function peopleOfFactor(services: Parts, request: FactorPeopleRequest): Promise<Outcome<FactorPeople>> {
  const { factor, client, group } = request;
  if (!services.registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  const rules = decisionRules(services);
  if (client !== undefined && !rules.clients.has(client))
    return refuse('client_unknown', `There is no relying party ${client}.`);
  if (group !== undefined && !(await services.people.hasGroup(group)))
    return refuse('group_unknown', `Nobody is of a group ${group}.`);
  const compared = await datesCompared(services, request);
  if (!compared.ok) return compared;
  const { before, after, at, zone } = compared.value;
  const schedule = Object.hasOwn(after, factor) ? after[factor] : undefined;
  const judge = judgeOf(rules, { before, after, factor, at });
  return done({
    at,
    zone,
    async *pages() {
      let read = 0;
      for await (const items of allPages(services.people, pageSize)) {
        read += items.length;
        const judged = items
          .filter(({ value }) => request.stranded === true || holdsActive(value, factor))
          .map(({ value }) => lineOf(value, judge(value)));
        yield { read, lines: judged.filter(wanted(request)) };
      }
    },
  });

  function lineOf(person: Person, { fates, was }: Judged): FactorPersonLine {
    const clients = [...rules.clients.keys()];
    const here = (all: readonly Fate[]) => all.filter((_, index) => client === undefined || clients[index] === client);
    const { id, username, groups, disabled, keys } = person;
    const sunset = schedule && decidingDates(schedule, circumstancesOf(person)).sunsetAt;
    const others = keys.filter((key) => key.status === 'active' && key.factor !== factor);
    return {
      id,
      username,
      groups,
      disabled,
      fate: worstOf(here(fates)),
      strandedAt: clients.filter((_, index) => fates[index] === 'stranded'),
      newlyStranded: isNewlyStranded(here(fates), here(was)),
      holds: holdsActive(person, factor),
      otherKeys: [...new Set(others.map((key) => key.factor))],
      sunsetAt: sunset ? new Date(sunset.instant).toISOString() : null,
    };
  }
}

interface Judged {
  readonly fates: readonly Fate[];
  /** By the dates before. */
  readonly was: readonly Fate[];
}

/** Accounts that no decision distinguishes are judged once. */
function judgeOf(
  rules: DecisionRules,
  { before, after, factor, at }: Pick<PreflightRequest, 'before' | 'after' | 'factor' | 'at'>,
): (person: Person) => Judged {
  const known = new Map<string, Judged>();
  return (person) => {
    const isBarred = person.email !== undefined && rules.rules.barsMailbox(person.email.address);
    const alike = JSON.stringify([shapeOf(person), person.permit ?? null, isBarred]);
    const fatesBy = (schedules: Schedules) => fatesOf(rules, schedules, person, { factor, at });
    const found = known.get(alike) ?? { fates: fatesBy(after), was: fatesBy(before) };
    if (known.size < mostKnown) known.set(alike, found);
    return found;
  };
}

const mostKnown = 10_000;

/**
 * Disabled accounts are stranded because they are disabled, not by the dates: they are in the whole list alone, as the
 * pre-flight counts them apart. People without a key are listed only if the dates strand them, as the brake counts them.
 */
const wanted =
  ({ stranded = false, only = false, group }: FactorPeopleRequest) =>
  (line: FactorPersonLine): boolean =>
    (!stranded || (line.fate === 'stranded' && !line.disabled)) &&
    (line.holds || line.newlyStranded) &&
    (!only || line.otherKeys.length === 0) &&
    (group === undefined || line.groups.includes(group));
