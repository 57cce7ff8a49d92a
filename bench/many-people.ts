/** Many accounts: `bench-0`, `bench-1` …, all with one password and one authenticator secret. */
import type { Services } from '../admin/services.ts';
import { noAttempts } from '../passwords/attempt-limits.ts';

export const password = 'Tulpen uit Haarlem 42';
export const totp = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const atOnce = 500;
let made = 0;

/** Adds this many; returns how many exist. Written as `people.add` would, many at a time. */
export async function addMany(services: Services, count: number): Promise<number> {
  const factor = services.registry.get('authenticator-app');
  if (!factor?.transfer) throw new Error('There is no authenticator app.');
  const loaded = await factor.transfer.load(services.toolsFor(factor), { secret: totp });
  if (!loaded.ok) throw new Error(loaded.reason);
  const now = services.clock.now();
  const hashed = await services.passwords.make(password, now);
  for (const end = made + count; made < end;) {
    const batch = Array.from({ length: Math.min(atOnce, end - made) }, (_, index) => made + index);
    made += batch.length;
    await Promise.all(
      batch.map(async (number) => {
        const id = `bench-person-${number}`;
        const added = await services.people.add({
          id,
          username: `bench-${number}`,
          language: 'nl',
          email: { address: `bench-${number}@example.org`, verifiedAt: now },
          groups: [],
          disabled: false,
          createdAt: now,
          password: hashed,
          passwordAttempts: {},
          otherAttempts: {},
          keys: [
            {
              id: `key-${number}`,
              factor: factor.id,
              sealed: services.sealing.sealKey(factor, id, `key-${number}`, loaded.value),
              detail: '',
              status: 'active',
              boundAt: now,
              source: 'imported',
              attempts: noAttempts,
            },
          ],
          postponements: {},
          sendings: [],
          pending: [],
        });
        if (!added.ok) throw new Error(`bench-${number} exists`);
      }),
    );
  }
  return made;
}
