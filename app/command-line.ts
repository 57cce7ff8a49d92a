/** The command line's process entry. */
import { userInfo } from 'node:os';
import { systemClock } from '../time/clock.ts';
import { run } from '../admin/cli/run.ts';
import { composition } from './composition.ts';

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

const { env } = process;
// npm runs scripts in the project's folder and says where it was called.
const folder = env['npm_lifecycle_event'] === 'rekey' ? (env['INIT_CWD'] ?? process.cwd()) : process.cwd();
process.exitCode = await run(
  {
    words: process.argv.slice(2),
    env,
    folder,
    user: userName(),
    clock: systemClock,
    input: process.stdin,
    output: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
    screen: { columns: process.stdout.columns, colors: process.stdout.isTTY && (env['NO_COLOR'] ?? '') === '' },
  },
  composition,
);
