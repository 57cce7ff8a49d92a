/** `node main.ts`: the server, as `rekey start` runs it. */
import { join } from 'node:path';

process.argv.splice(2, 0, 'start');
await import(join(import.meta.dirname, 'bin/rekey.mjs'));
