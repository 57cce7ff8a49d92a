/** Writes dates that were looked at, unless somebody else changed them meanwhile. */
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import type { Accepted } from './brake.ts';

/** For the audit. */
export interface Author {
  readonly by: string;
  readonly accepted?: Accepted | undefined;
  readonly reason?: string | undefined;
  /** Mails about the change leave at once. */
  readonly sendNow?: boolean | undefined;
}

/** What was looked at is what is replaced: a change that somebody else made meanwhile is told, and nothing is written. */
export async function writeIfUnchanged(
  schedules: Services['schedules'],
  { by, accepted, reason = accepted?.reason, sendNow = false }: Author,
  looked: Schedules,
  next: Schedules,
): Promise<Outcome<undefined>> {
  let crossed = false;
  await schedules.change(
    by,
    (present) => {
      crossed = JSON.stringify(present) !== JSON.stringify(looked);
      return crossed ? undefined : next;
    },
    {
      ...(accepted && { acceptedStranded: accepted.stranded }),
      ...(reason !== undefined && { reason }),
      ...(sendNow && { sendNow }),
    },
  );
  if (!crossed) return done(undefined);
  return refuse(
    'dates_changed_meanwhile',
    'Somebody else has just changed the dates: `rekey factor list` shows them as they are now. Nothing was written.',
  );
}
