/** In which time zone times are told. */
import type { Services } from '../admin/services.ts';

type Configured = Pick<Services, 'settings'>;

/** Pages: in that of the deployment, or else of the first dates in the configuration. */
export const factorZone = ({ settings }: Configured): string => configuredZone(settings) ?? 'UTC';

/** Mails, and days of figures: the same, or else of the first dates in the store. */
export const zoneOfPeople = async ({
  settings,
  schedules,
}: Configured & Pick<Services, 'schedules'>): Promise<string> =>
  configuredZone(settings) ?? Object.values(await schedules.current())[0]?.zone ?? 'UTC';

const configuredZone = ({ zone, factors }: Services['settings']): string | undefined =>
  zone ?? Object.values(factors).find(({ schedule }) => schedule !== undefined)?.schedule?.zone;
