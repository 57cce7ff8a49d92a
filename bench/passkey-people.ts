/** Many accounts with a passkey: `bench-0`, `bench-1` …, and their devices as plain data. */
import type { Services } from '../admin/services.ts';
import { bindDevice } from '../test/harness/device-keys.ts';
import { createSoftwareAuthenticator, type ExportedKey } from '../test/harness/software-authenticator.ts';
import { addMany } from './many-people.ts';

export async function addDevices(services: Services, count: number): Promise<readonly (readonly ExportedKey[])[]> {
  const people = await addMany(services, count);
  const devices: (readonly ExportedKey[])[] = [];
  for (let number = people - count; number < people; number += 1) {
    const device = createSoftwareAuthenticator({ origin: services.settings.issuer });
    await bindDevice(services, `bench-person-${number}`, device);
    devices.push(device.exported());
  }
  return devices;
}
