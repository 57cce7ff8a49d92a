import { writeSync } from 'node:fs';

const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Prints one line and returns when it is in the pipe, so that the test can kill this process at that moment. The pipe
 * of a child does not block by itself: while it is full (a slow reader), this waits.
 */
export function say(line: string): void {
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(never, 0, 0, 5);
    }
  }
}
