/**
 * The time zone in which an answer says days and times of a factor: that of its dates, else that of the deployment. Also
 * that in which its first dates are meant.
 */
import type { Settings } from '../../config/schema.ts';
import type { Schedule } from '../../factors/policy/types.ts';

/** IANA name; `undefined`: neither says one. */
export const zoneMeant = (
  { zone }: Pick<Settings, 'zone'>,
  schedule: Pick<Schedule, 'zone'> | undefined,
): string | undefined => schedule?.zone ?? zone;

/** IANA name. */
export const zoneOfDates = (settings: Pick<Settings, 'zone'>, schedule: Pick<Schedule, 'zone'> | undefined): string =>
  zoneMeant(settings, schedule) ?? 'UTC';
