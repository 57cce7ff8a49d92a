/**
 * The facts of a deployment that the rules of schedules need; and their findings, each with its place in the
 * configuration.
 */
import type { Finding } from '../config/config-errors.ts';
import type { Settings } from '../config/schema.ts';
import { isZone } from '../time/calendar.ts';
import type { Factor } from '../factors/contract.ts';
import { initialSchedules } from './from-configuration.ts';
import { checkSchedules, type ScheduleFacts, type ScheduleFaultCode } from '../factors/policy/schedule-rules.ts';
import { describeFault } from './describe-fault.ts';

type Installed = Pick<Factor, 'id' | 'traits'>;

export function scheduleFacts(
  installed: readonly Installed[],
  settings: Pick<Settings, 'factors' | 'clients'>,
): ScheduleFacts {
  const factors = installed.map(({ id, traits }) => {
    const enabled = settings.factors[id]?.enabled === true;
    return [id, { enabled, selfService: traits.selfService }] as const;
  });
  return { factors: Object.fromEntries(factors), clients: settings.clients.map(({ id }) => id), isZone };
}

/** The configuration itself reports it, with a suggestion. */
const saidThere: readonly ScheduleFaultCode[] = [
  'factor_unknown',
  'zone_unknown',
  'client_unknown',
  'postponements_invalid',
  'replacement_unknown',
  'replacement_not_enabled',
];

/** A check for `loadSettings`: the first dates must keep the rules too. @param now ms, for days counted from today */
export function checkConfiguredSchedules(
  installed: readonly Installed[],
  settings: Settings,
  now: number,
): readonly Finding[] {
  const schedules = initialSchedules(settings.factors, now);
  return checkSchedules(schedules, scheduleFacts(installed, settings))
    .filter(({ code }) => !saidThere.includes(code))
    .map((fault) => {
      const says = describeFault(fault, schedules[fault.factor]);
      const place = fault.rule === undefined || fault.rule === 0 ? [] : ['rules', fault.rule - 1];
      const key = fault.other === undefined ? [] : ['replacements'];
      return { path: ['factors', fault.factor, 'schedule', ...place, ...key], says: says.replace(/\.$/, '') };
    });
}
