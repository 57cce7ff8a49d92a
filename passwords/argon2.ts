/**
 * argon2id (RFC 9106) with the house's parameters (19 MiB, 2 passes, 1 lane: OWASP Password Storage). As many at once as there are cores, by threads
 * that give way to the one that answers: passwords that wait must not keep everything else waiting (docs/decisions/2026-11-21-memory-and-speed.md).
 */
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import type { SlowHash } from '../factors/contract.ts';
import { lowerPoolPriority } from './hash-thread-priority.ts';

const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** More are waiting than could be served in reasonable time: the caller answers 503. */
export class HashQueueFull extends Error {
  override readonly name = 'HashQueueFull';
  /** Service Unavailable (RFC 9110 §15.6.4). */
  readonly status = 503;
}

/** Node's pool has four threads, on which much else is done as well: signing, files, names of hosts. */
const threads = 3;

/** @param waitingAtMost how many may wait; further ones are refused with HashQueueFull */
export function createSlowHash({
  atOnce = Math.min(availableParallelism(), threads),
  waitingAtMost = 500,
} = {}): SlowHash {
  let running = 0;
  const waiting: (() => void)[] = [];

  const bounded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (waiting.length >= waitingAtMost) throw new HashQueueFull('Too many passwords are waiting to be checked.');
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      const outcome = work();
      // The threads are there once they have something to do.
      lowerPoolPriority();
      return await outcome;
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };

  return {
    hash: (secret) => bounded(() => hash(secret, parameters)),
    matches: (phc, secret) => bounded(() => verify(phc, secret)),
  };
}

const current = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`;

/** Whether a stored hash has today's parameters; otherwise it is renewed at the next sign-in. */
export const isCurrentHash = (phc: string): boolean => phc.startsWith(current);

const phcForm = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,172}$/;

/** Whether a foreign hash may be taken in: argon2id, and cheap enough that checking it cannot be used to exhaust the machine. */
export function isAcceptableHash(phc: string): boolean {
  const [, memory, passes, lanes] = phcForm.exec(phc) ?? [];
  return memory !== undefined && Number(memory) <= 262_144 && Number(passes) <= 10 && Number(lanes) <= 16;
}
