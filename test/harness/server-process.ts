/** A server of ours in a process of its own, and what it says in its log. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface ServerProcess {
  readonly pid: number | undefined;
  /** Its lines of one event. */
  lines(event: string): unknown[];
  /** Waits for a line of each event. Rejects with all that was said when the process ends without them. */
  until(...events: readonly string[]): Promise<void>;
  /** Ends it, and resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** @param words what Node runs, from the top folder of the product */
export function serverProcess(
  env: Readonly<Record<string, string | undefined>>,
  words: readonly string[] = ['main.ts'],
): ServerProcess {
  const [file = '', ...rest] = words;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', resolve(root, file), ...rest], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  let [ended, changed] = [false, () => undefined as void];
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
    changed();
  });
  const gone = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      ended = true;
      changed();
      resolve(code);
    });
  });
  const lines = (event: string): unknown[] =>
    said
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.includes(`"event":"${event}"`))
      .map((line) => JSON.parse(line) as unknown);
  return {
    pid: child.pid,
    lines,
    async until(...events) {
      while (events.some((event) => lines(event).length === 0)) {
        if (ended) throw new Error(`The server has ended:\n${said}`);
        await new Promise<void>((resolve) => (changed = resolve));
      }
    },
    async stop() {
      child.kill();
      return gone;
    },
  };
}
