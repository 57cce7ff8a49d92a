/**
 * Writes the pages that are made from the commands and the settings: `npm run docs:command-line`, `npm run
 * docs:configuration`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFactor, describeWithoutFactors } from '../../config/reference.ts';
import { loadFactors, ownFactors } from '../../factors/registry.ts';
import { commandsOf } from './commands.ts';
import { commandLinePage } from './help.ts';

const docs = join(import.meta.dirname, '../../docs');
const registry = await loadFactors([ownFactors]);

await writeFile(join(docs, 'command-line.md'), commandLinePage(commandsOf(registry)));
await writeFile(join(docs, 'configuration.md'), describeWithoutFactors());
for (const { id, settings: own } of registry.all())
  await writeFile(join(registry.folder(id), 'settings.md'), describeFactor(id, own));
