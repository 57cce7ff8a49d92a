/** The time zone that the demo writes its days and hours in. */
import type { Services } from '../admin/services.ts';

/** That of the first configured dates, of a factor or of a compulsory second step. */
export function zoneOf({ settings }: Pick<Services, 'settings'>): string {
  const dated = Object.values(settings.factors).find(({ schedule }) => schedule !== undefined)?.schedule;
  return dated?.zone ?? settings.signIn.secondFactorDeadlines[0]?.zone ?? 'UTC';
}
