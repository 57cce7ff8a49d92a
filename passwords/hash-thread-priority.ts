/** The priority of the threads that hash. */
import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** They get what the one that answers leaves over, and all of it. */
export const poolPriority = 10;

let isLowered = false;

/** Lowers the priority of the threads of Node's pool, once, on Linux, where every thread has one of its own (setpriority(2)); elsewhere nothing happens. */
export function lowerPoolPriority(): void {
  if (isLowered) return;
  isLowered = true;
  for (const thread of poolThreads()) {
    try {
      setPriority(thread, poolPriority);
    } catch {
      // Where that is not allowed the threads are equals, and answers take longer while passwords are hashed.
    }
  }
}

/** Ids of the threads of Node's pool; none where the system does not tell. */
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
