/** How many sign-ins may be begun from one network, in the words of the engine. */
import type { Services } from '../admin/services.ts';
import { levelsOf, ownMachine, sourceOf } from '../passwords/source-limits.ts';

export function signInLimits({ settings, secretBox }: Pick<Services, 'settings' | 'secretBox'>) {
  return {
    perMinute: settings.limits.signInsFromNetworkPerMinute,
    networksOf(address: string) {
      const source = sourceOf(address, secretBox);
      return source === ownMachine ? [] : levelsOf(source);
    },
  };
}
