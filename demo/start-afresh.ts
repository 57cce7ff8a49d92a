/**
 * A fresh start of the running demo, by the use cases of an administrator: every account is removed, with its sessions
 * and tokens; the same people are taken in anew; the dates are those of the configuration, counted from today; the
 * messages go. Keys of the provider and the audit log stay: nothing shortens the log.
 */
import { setTimeout } from 'node:timers/promises';
import { allDocuments } from '../adapters/storage/all-pages.ts';
import { scheduleFactor } from '../admin/use-cases/factor-schedule.ts';
import { unscheduleFactor } from '../admin/use-cases/factor-unschedule.ts';
import { importPeople } from '../admin/use-cases/person-import.ts';
import { removePerson } from '../admin/use-cases/person-remove.ts';
import type { Services } from '../admin/services.ts';
import type { ScheduleRule, Scope } from '../factors/policy/types.ts';

/** The reason in the audit log. */
export const afreshBecause = 'The demo was started afresh.';
const by = 'demo';
const pageSize = 100;
/** How often it is looked whether the removed accounts are gone, and how many times (ms). */
const [lookEvery, looksAtMost] = [50, 400];

export interface AfreshParts {
  readonly services: Services;
  /** The people of the demo, as `rekey person import` takes them. */
  readonly lines: readonly string[];
  /** Deletes the messages, and the codes of cards that were handed out, which are shown. */
  readonly forgetShown: () => Promise<void>;
}

/** Done again after an interruption it goes on. A sentence if it could not be finished. */
export async function startAfresh(parts: AfreshParts): Promise<string | undefined> {
  const { services, lines, forgetShown } = parts;
  for (const person of await everybody(services))
    await removePerson(services, { person, by, reason: afreshBecause, confirmed: true });
  if (!(await areGone(services))) return 'The accounts are not gone yet. Press the button again in a moment.';
  const dates = await firstDates(services);
  if (dates !== undefined) return dates;
  await forgetShown();
  const { refused } = await importPeople(services, { lines, by });
  return refused.length === 0 ? undefined : 'Not all people could be taken in: see the log.';
}

async function everybody({ people }: Services): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id, value } of allDocuments(people, pageSize)) if (value.removedAt === undefined) ids.push(id);
  return ids;
}

/** Waits for the relay, which ends the sessions and frees the names before the documents go. */
async function areGone({ people }: Services): Promise<boolean> {
  for (let look = 0; look < looksAtMost; look += 1) {
    if ((await people.count()) === 0) return true;
    await setTimeout(lookEvery);
  }
  return false;
}

/** Nobody has an account at this moment, so nobody can be stranded: the brake asks for a reason alone. */
async function firstDates(services: Services): Promise<string | undefined> {
  const present = await services.schedules.current();
  for (const factor of Object.keys(present)) {
    const outcome = await firstDatesOf(services, factor, present[factor]?.rules ?? []);
    if (outcome !== undefined && !outcome.ok) return outcome.refusals.map(({ says }) => says).join(' ');
  }
  return undefined;
}

async function firstDatesOf(services: Services, factor: string, present: readonly ScheduleRule[]) {
  const common = { factor, by, accepted: { stranded: 0, reason: afreshBecause } };
  const first = services.settings.factors[factor]?.schedule;
  const isAlone = first !== undefined && present.every(({ scope }) => scope.kind === 'all');
  const without = isAlone || present.length === 0 ? undefined : await unscheduleFactor(services, common);
  if (first === undefined || without?.ok === false) return without;
  const { zone, after, replacements, postponements = 'none', rules, ...days } = first;
  const whole = await scheduleFactor(services, { ...common, zone, after, replacements, postponements, days });
  if (!whole.ok) return whole;
  for (const { client, group = '', ...own } of rules) {
    const scope: Scope = client === undefined ? { kind: 'group', id: group } : { kind: 'client', id: client };
    const ruled = await scheduleFactor(services, { ...common, scope, days: own });
    if (!ruled.ok) return ruled;
  }
  return whole;
}
