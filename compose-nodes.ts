/** This server process among the others on its store. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createMarks } from './admin/use-cases/copy-marks.ts';
import type { House } from './compose.ts';
import { createMembership, type Membership } from './nodes/membership.ts';

/** Why no server starts on a store at this moment; the sentence is for the operator. */
export class StoreMoving extends Error {
  override readonly name = 'StoreMoving';
}

/** Entering rejects with `StoreMoving` while the store is being copied into another, or is not yet wholly filled from one. */
export function joinNodes({ storage, clock, log }: Pick<House, 'storage' | 'clock' | 'log'>): Membership {
  const id = randomBytes(9).toString('base64url');
  const marks = createMarks(storage);
  const member = createMembership({ storage, clock, log, id, label: `${hostname()} (process ${process.pid})` });
  return {
    ...member,
    async enter() {
      // Said before it is asked: of a server that starts and a copy that begins, one sees the other.
      await member.enter();
      const why = await reasonToStay();
      if (why === undefined) return;
      await member.leave();
      throw new StoreMoving(why);
    },
  };

  async function reasonToStay(): Promise<string | undefined> {
    const arrival = await marks.arrival();
    if (arrival && arrival.value.finishedAt === undefined)
      return 'This store is not yet wholly filled from another: run the same `rekey storage copy` again until it is done.';
    if (await marks.departed())
      return '`rekey storage copy` is reading this store: start the server on the new one. (If that command was killed, wait a minute.)';
    return undefined;
  }
}
