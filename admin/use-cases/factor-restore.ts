/**
 * Restores a former state of a factor's dates, whole, with the same rules and the same brake as every change of dates.
 * The result is a new state.
 */
import { ruleFor } from '../../factors/policy/schedule-rules.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { refuse, type Refusal } from '../refusals.ts';
import type { Services } from '../services.ts';
import { reasonFaults, type Accepted, type DatesOutcome } from './brake.ts';
import { changeDates, newFaults, type DatesChanged } from './change-dates.ts';
import { checkLength, checkNumber, countExtended, extendUnderLock } from './extension-bounds.ts';
import { lookedAt, stillInForce } from './write-schedules.ts';

export interface RestoreRequest {
  readonly factor: string;
  /** Its number in `factor history`. */
  readonly number: number;
  readonly by: string;
  readonly reason?: string | undefined;
  readonly accepted?: Accepted | undefined;
  /** Number of the state that the administrator saw; if another one is present, it is shown, and nothing is written. */
  readonly ifState?: number | undefined;
  /** Mails about the change are sent at once, and not after an hour. */
  readonly sendNow?: boolean;
  readonly dryRun?: boolean;
}

type Parts = Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock' | 'changeLocks'>;

/** Under the lock of the factor, because extensions may be restored with it. */
export const restoreFactor = (services: Parts, request: RestoreRequest): Promise<DatesOutcome<DatesChanged>> =>
  extendUnderLock(services.changeLocks, request, () => restore(services, request));

async function restore(services: Parts, request: RestoreRequest): Promise<DatesOutcome<DatesChanged>> {
  const { factor, number, by, reason, accepted, ifState, sendNow, dryRun } = request;
  if (!services.registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  if (reason !== undefined) {
    const faults = reasonFaults(reason);
    if (faults.length > 0) return { ok: false, refusals: faults };
  }
  const looked = await lookedAt(services.schedules, by);
  const stands = await stillInForce(services.schedules, looked, { factor, number: ifState });
  if (!stands.ok) return stands;
  const found = (await services.schedules.history(factor)).find((state) => state.number === number);
  if (!found)
    return refuse(
      'state_unknown',
      `There is no state ${number} of ${factor}: \`rekey factor history ${factor}\` shows those that are kept.`,
    );
  const present = looked.schedules;
  const after = found.schedule;
  if (JSON.stringify(present[factor]) === JSON.stringify(after))
    return refuse('nothing_to_change', `The dates of ${factor} are as in state ${number}.`);
  const faults = newFaults(services, present, { ...present, [factor]: after }, factor);
  const refusals = faults.length > 0 ? faults : await extensionFaults(services, present[factor], after);
  if (refusals.length > 0) return { ok: false, refusals };
  return changeDates(services, looked, { factor, after, by, reason, accepted, sendNow, dryRun, restores: number });
}

/** Restored extensions keep today's bounds. */
async function extensionFaults(
  { settings, people, schedules, clock }: Parts,
  before: Schedule | undefined,
  after: Schedule,
): Promise<readonly Refusal[]> {
  const from = ruleFor(after, { kind: 'all' })?.sunsetAt;
  const back = after.rules.filter(
    (rule) => rule.extends === true && JSON.stringify(before && ruleFor(before, rule.scope)) !== JSON.stringify(rule),
  );
  if (back.length === 0 || from === undefined) return [];
  const tooLong = back.flatMap(({ sunsetAt: end = from }) =>
    checkLength(settings.extensions, { end, from, zone: after.zone }),
  );
  if (tooLong.length > 0 || back.every(({ scope }) => scope.kind === 'client')) return tooLong;
  const counted = await countExtended({ people, schedules }, after, clock.now());
  return counted.ok ? checkNumber(settings.extensions, counted.value) : counted.refusals;
}
