/** Writes docs/command-line.md: `npm run docs:command-line`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadFactors, ownFactors } from '../../factors/registry.ts';
import { commandsOf } from './commands.ts';
import { commandLinePage } from './help.ts';

const page = commandLinePage(commandsOf(await loadFactors([ownFactors])));
await writeFile(join(import.meta.dirname, '../../docs/command-line.md'), page);
