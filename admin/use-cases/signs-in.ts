/**
 * Whether a key of a person signs in at an instant: it is active, its factor is on offer, its last day is not over, and
 * the key itself is not. Asked before a key is removed, and where a person sees their own keys. Relying parties may still
 * refuse it.
 */
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Key, Person } from '../../accounts/person.ts';
import { keyOver } from '../../digital-keys/key-over.ts';
import { effective, maySignIn } from '../../factors/policy/lifecycle.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import type { Services } from '../services.ts';

export type SignsInParts = Pick<Services, 'settings' | 'registry' | 'sealing' | 'toolsFor'>;

/** @param now ms */
export function signsInNow(
  services: SignsInParts,
  schedules: Schedules,
  person: Person,
  now: number,
): (key: Key) => boolean {
  return (key) => {
    const { status, factor } = key;
    if (status !== 'active' || services.settings.factors[factor]?.enabled !== true) return false;
    const schedule = schedules[factor];
    const isOpen = schedule === undefined || maySignIn(effective(schedule, circumstancesOf(person), now).status);
    return isOpen && keyOver(services, person, key, now) === undefined;
  };
}
