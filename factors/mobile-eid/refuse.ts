/** Refuses, and tells the operator which row it was and at which provider: never a part of a token, never the person. */
import { refused } from '../contract.ts';
import type { Refused, Tools } from '../contract.ts';
import type { Fault } from './fault.ts';
import type { Settings } from './settings.ts';

export function refusedBy(
  { log }: Pick<Tools<Settings>, 'log'>,
  upstream: string,
  { row, why, reason }: Fault,
): Refused {
  log(reason === 'site_unavailable' ? 'upstream.unavailable' : 'upstream.refused', { upstream, row, why });
  return refused(reason);
}
