/** The services that an import of people works with. */
import type { Services } from '../services.ts';

export type ImportParts = Pick<
  Services,
  | 'people'
  | 'registry'
  | 'settings'
  | 'passwords'
  | 'enrolments'
  | 'sealing'
  | 'schedules'
  | 'secretBox'
  | 'toolsFor'
  | 'clock'
  | 'changeLocks'
>;
