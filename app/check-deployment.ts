/**
 * Checks for `loadSettings` that need the engine and the database driver: what they would refuse at the start is
 * reported as a mistake of the configuration.
 */
import type { Services } from '../admin/services.ts';
import type { Finding } from '../config/config-errors.ts';
import type { Settings } from '../config/schema.ts';
import type { Registry } from '../factors/registry.ts';
import { systemClock } from '../time/clock.ts';
import { engineSettings } from './module-settings.ts';

/** The driver is loaded only where a database is configured. */
export async function checkDatabaseAddress({ storage: { mongodb } }: Settings): Promise<readonly Finding[]> {
  if (!mongodb) return [];
  const { addressFaults } = await import('../adapters/storage/mongodb/check-address.ts');
  const path = ['storage', 'mongodb', 'uri'];
  return addressFaults(mongodb).map((says) => ({ path, code: 'address_invalid' as const, says }));
}

/** Loads the engine, which takes a moment: for the start, which needs it anyway, and for `rekey config check`. */
export async function checkClientsByEngine(registry: Registry, settings: Settings): Promise<readonly Finding[]> {
  const { clientFaults } = await import('../provider/check-clients.ts');
  const parts: Pick<Services, 'settings' | 'registry'> = { settings, registry };
  const faults = clientFaults(engineSettings(parts), systemClock);
  return faults.map(({ index, setting, says }) => ({
    path: ['clients', index, ...(setting === undefined ? [] : [setting])],
    code: 'client_refused' as const,
    says: `is refused by the engine: ${says}`,
  }));
}
