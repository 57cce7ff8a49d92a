/** `start`: the server. */
import { UsageError, type Command } from './command.ts';

/** Described here for help and completion; `bin/rekey.mjs` runs it, before the rest of the command line is loaded. */
export const startCommand: Command = {
  noun: 'start',
  verb: undefined,
  summary: 'Starts the server, with the flags of Node.js that it needs.',
  options: [],
  examples: ['rekey start --config /etc/rekey.yaml', 'rekey start --deployment csam'],
  needs: 'configuration',
  run() {
    throw new UsageError('The server is started by the process itself: rekey start.');
  },
};
