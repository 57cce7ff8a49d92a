/** The limit of new sign-ins from one network, in the form that the engine takes. */
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
