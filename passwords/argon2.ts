/**
 * argon2id (RFC 9106) with the product's parameters (19 MiB, 2 passes, 1 lane: OWASP Password Storage). As many at once
 * as there are cores, in threads of lower priority than the main thread, so that waiting passwords delay nothing else
 * (docs/decisions/2026-11-21-memory-and-speed.md).
 */
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import type { HashWish, SlowHash } from '../factors/contract.ts';
import { foreignKinds } from './foreign-hashes.ts';
import { kindOf, type HashKind } from './hash-kinds.ts';
import { createHashQueue } from './hash-queue.ts';
import { lowerPoolPriority } from './hash-thread-priority.ts';

const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Node's pool has four threads, which also do other work: signatures, files, host names. */
const threads = 3;

const costForm = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/;

/** argon2id, whatever its parameters. */
export const argon2id: HashKind = {
  costClass: (phc) => costForm.exec(phc)?.[0],
  verify,
  async rehearse(costClass) {
    const [, memory, passes, lanes] = costForm.exec(costClass) ?? [];
    if (memory === undefined) throw new TypeError('No class of argon2id.');
    const cost = { memoryCost: Number(memory), timeCost: Number(passes), parallelism: Number(lanes) };
    await hash('nobody has this password', { algorithm: 2, ...cost });
  },
};

/** @param waitingAtMost how many may wait; further ones are refused with HashQueueFull */
export function createSlowHash({
  atOnce = Math.min(availableParallelism(), threads),
  waitingAtMost = 500,
  kinds = [argon2id, ...foreignKinds],
}: {
  readonly atOnce?: number;
  readonly waitingAtMost?: number;
  readonly kinds?: readonly HashKind[];
} = {}): SlowHash {
  const queue = createHashQueue({ atOnce, waitingAtMost });
  const inThread = <T>(work: () => Promise<T>, { started, ...wish }: HashWish = {}): Promise<T> =>
    queue.run(() => {
      started?.();
      const outcome = work();
      // The threads exist once they have work.
      lowerPoolPriority();
      return outcome;
    }, wish);

  return {
    hash: (secret) => inThread(() => hash(secret, parameters)),
    matches: (phc, secret, wish) =>
      inThread(async () => (await kindOf(kinds, phc)?.verify(phc, secret)) ?? false, wish),
    keepPlace: (first) => queue.keep(first),
    costClass: (phc) => kindOf(kinds, phc)?.costClass(phc),
    rehearse: (costClass, wish) =>
      inThread(async () => void (await kindOf(kinds, costClass)?.rehearse(costClass)), wish),
  };
}

/** The class of the hashes that are made here. */
export const currentClass = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`;

/** A hash that no password has: passwords for unknown names are compared with it. */
export const nobodysHash = `${currentClass}${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Whether a stored hash has today's parameters; otherwise the next sign-in renews it. */
export const isCurrentHash = (phc: string): boolean => phc.startsWith(currentClass);

const phcForm = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,172}$/;

/** Whether a foreign hash may be imported: argon2id, and cheap enough that checking it cannot exhaust the machine. */
export function isAcceptableHash(phc: string): boolean {
  const [, memory, passes, lanes] = phcForm.exec(phc) ?? [];
  return memory !== undefined && Number(memory) <= 262_144 && Number(passes) <= 10 && Number(lanes) <= 16;
}
