/** An instant that an administrator wrote, in the time zone of a factor's dates. */
import { instantMeant } from '../../time/calendar.ts';
import { done, refuse, type Outcome } from '../refusals.ts';

const why = {
  none: 'is no time; write it as 2027-01-31, 2027-01-31T09:00 or 2027-01-31T09:00+01:00',
  skipped: 'does not exist: the clocks are put forward over it',
  twice: 'comes twice, since the clocks are put back over it: write it with its offset',
} as const;

/** @returns ms */
export function readInstant(written: string, zone: string): Outcome<number> {
  const found = instantMeant(written, zone);
  return typeof found === 'number' ? done(found) : refuse('time_invalid', `${written} (${zone}) ${why[found]}.`);
}
