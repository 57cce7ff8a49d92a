/** The command line's process entry. */
import { userInfo } from 'node:os';
import { systemClock } from '../time/clock.ts';
import { OutputClosed } from '../admin/cli/command.ts';
import { run } from '../admin/cli/run.ts';
import { composition } from './composition.ts';

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** Writes text to a stream whose reader may close it (EPIPE); on standard output that ends the command. */
function writerTo(stream: NodeJS.WriteStream, whenClosed: () => void): (text: string) => void {
  let isClosed = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isClosed = true;
  });
  return (text) => {
    if (isClosed) whenClosed();
    else stream.write(text);
  };
}

const { env } = process;
// npm runs scripts in the project's folder; this is the folder where npm was called.
const folder = env['npm_lifecycle_event'] === 'rekey' ? (env['INIT_CWD'] ?? process.cwd()) : process.cwd();
process.exitCode = await run(
  {
    words: process.argv.slice(2),
    env,
    folder,
    user: userName(),
    clock: systemClock,
    input: process.stdin,
    output: writerTo(process.stdout, () => {
      throw new OutputClosed();
    }),
    complain: writerTo(process.stderr, () => undefined),
    isTerminal: process.stderr.isTTY,
    screen: { columns: process.stdout.columns, colors: process.stdout.isTTY && (env['NO_COLOR'] ?? '') === '' },
  },
  composition,
);
