/** Joins this server process to the others on its store. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Services } from '../admin/services.ts';
import { refuseMoving } from '../admin/migration-lock.ts';
import { createMembership, type Membership } from '../cluster/membership.ts';

/** Rejects with `StoreMoving` while the store is being copied to another one, or is not completely filled from one. */
export function joinNodes({
  storage,
  moves,
  clock,
  log,
}: Pick<Services, 'storage' | 'moves' | 'clock' | 'log'>): Membership {
  const id = randomBytes(9).toString('base64url');
  const member = createMembership({ storage, clock, log, id, label: `${hostname()} (process ${process.pid})` });
  return {
    ...member,
    async enter() {
      // Announces itself before it checks: of a starting server and a starting copy, at least one sees the other.
      await member.enter();
      try {
        await refuseMoving(moves);
      } catch (error) {
        await member.leave();
        throw error;
      }
    },
  };
}
