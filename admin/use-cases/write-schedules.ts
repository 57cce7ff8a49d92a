/**
 * Reads dates for a pre-flight, and writes exactly the judged change, unless somebody else changed the dates meanwhile:
 * then both states are shown.
 */
import type { FactorId } from '../../factors/contract.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { numberOf, type ChangeFacts, type StateNumbers } from '../../schedules/schedule-history.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import type { IsHeld } from '../change-locks.ts';
import type { Accepted } from './brake.ts';
import { bothInstants } from './date-words.ts';
import { scheduleInWords } from './schedule-words.ts';

/** For the history and the audit. */
export interface Author {
  readonly by: string;
  readonly accepted?: Accepted | undefined;
  readonly reason?: string | undefined;
  /** Mails about the change are sent at once. */
  readonly sendNow?: boolean | undefined;
  /** The state that is restored. */
  readonly restores?: number;
}

/** All dates as they were read. */
export interface LookedAt {
  readonly schedules: Schedules;
  readonly numbers: StateNumbers;
}

/** Reads them fresh and writes nothing: what is judged is what is replaced. */
export async function lookedAt(schedules: Services['schedules'], by: string): Promise<LookedAt> {
  let looked: LookedAt = { schedules: {}, numbers: {} };
  await schedules.change(by, (present, numbers) => {
    looked = { schedules: present, numbers };
    return undefined;
  });
  return looked;
}

/**
 * Refuses if the administrator saw another state of the factor's dates than the present one, and shows both.
 * @param number of the state that they saw; absent: unknown
 */
export async function stillInForce(
  schedules: Services['schedules'],
  { schedules: present, numbers }: LookedAt,
  { factor, number }: { readonly factor: FactorId; readonly number: number | undefined },
): Promise<Outcome<undefined>> {
  const now = numberOf(numbers, present, factor);
  if (number === undefined || number === now) return done(undefined);
  const looked = (await schedules.history(factor)).find((state) => state.number === number);
  return crossed(schedules, factor, [number, looked?.schedule], [now, present[factor]]);
}

interface Judged {
  readonly factor: FactorId;
  readonly next: Schedules;
  readonly people?: number;
  readonly isHeld: IsHeld;
}

/**
 * Replaces exactly what was judged: if somebody else changed it meanwhile, that is reported, and nothing is written.
 * Returns the number of the present state.
 */
export async function writeIfUnchanged(
  schedules: Services['schedules'],
  { by, accepted, reason = accepted?.reason, restores, sendNow = false }: Author,
  looked: LookedAt,
  { factor, next, people, isHeld }: Judged,
): Promise<Outcome<number>> {
  const facts: ChangeFacts = {
    ...(accepted && { acceptedStranded: accepted.stranded }),
    ...(reason !== undefined && { reason }),
    ...(restores !== undefined && { restores }),
    ...(people !== undefined && { people }),
    ...(sendNow && { sendNow }),
  };
  let found = looked;
  await schedules.change(
    by,
    (present, numbers) => {
      found = { schedules: present, numbers };
      return isHeld() && same(present, looked.schedules) ? next : undefined;
    },
    facts,
  );
  if (same(found.schedules, looked.schedules)) {
    const number = numberOf(found.numbers, found.schedules, factor);
    return done(same(found.schedules[factor], next[factor]) ? number : number + 1);
  }
  const ids = [factor, ...Object.keys(found.schedules)];
  const other = ids.find((id) => !same(found.schedules[id], looked.schedules[id])) ?? factor;
  const [was, is] = [looked, found].map(
    (all) => [numberOf(all.numbers, all.schedules, other), all.schedules[other]] as const,
  );
  return crossed(schedules, other, was ?? [0, undefined], is ?? [0, undefined]);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

type Numbered = readonly [number: number, schedule: Schedule | undefined];

async function crossed(
  schedules: Services['schedules'],
  factor: FactorId,
  [wasNumber, was]: Numbered,
  [isNumber, is]: Numbered,
) {
  const [newest] = await schedules.history(factor);
  const when = newest && newest.at !== null ? ` at ${bothInstants(newest.at, newest.schedule.zone)}` : '';
  const known = was === undefined && wasNumber > 0 ? 'it is not kept' : scheduleInWords(was);
  return refuse(
    'dates_changed_meanwhile',
    [
      `The dates of ${factor} were changed after you looked at them, by ${newest?.by ?? 'somebody else'}${when}. Nothing was written.`,
      `You looked at state ${wasNumber}: ${known}.`,
      `Now it is state ${isNumber}: ${scheduleInWords(is)}.`,
    ].join('\n'),
  );
}
