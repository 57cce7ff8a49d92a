/** The priority of the threads that hash. */
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/**
 * They get the CPU time that the main thread leaves, and all of it: lower than the main thread, also where that one was
 * started with a low priority.
 */
export const poolPriority = (own = getPriority()): number => Math.min(19, Math.max(10, own + 1));

let isLowered = false;

/**
 * Lowers the priority of the threads of Node's pool, once, on Linux, where every thread has its own (setpriority(2));
 * elsewhere it does nothing.
 */
export function lowerPoolPriority(): void {
  if (isLowered) return;
  isLowered = true;
  const priority = poolPriority();
  for (const thread of poolThreads()) {
    try {
      setPriority(thread, priority);
    } catch {
      // If that is not permitted, all threads are equal, and answers take longer during hashing.
    }
  }
}

/** Ids of the threads of Node's pool; none if the system does not report them. */
export function poolThreads(): readonly number[] {
  const tasks = '/proc/self/task';
  try {
    return readdirSync(tasks)
      .filter((thread) => readFileSync(`${tasks}/${thread}/comm`, 'utf8').trim() === 'libuv-worker')
      .map(Number);
  } catch {
    return [];
  }
}
