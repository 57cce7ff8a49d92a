import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeMistakes } from '../../config/mistakes.ts';
import { describeConfiguration } from '../../config/reference.ts';
import { answer, exits, type Command } from './command.ts';

export const configCheck: Command = {
  noun: 'config',
  verb: 'check',
  summary: 'Reads the configuration and names every mistake and warning.',
  options: [],
  needs: 'configuration',
  run({ file, loaded }) {
    const warnings = loaded.warnings.length > 0 ? [`Warnings:\n${describeMistakes(loaded.warnings)}`] : [];
    if (loaded.ok) {
      const text = [`${file} is in order.`, ...warnings].join('\n');
      return Promise.resolve(answer({ ok: true, file, warnings: loaded.warnings }, text));
    }
    const { mistakes } = loaded;
    const text = [`${file}:`, describeMistakes(mistakes), ...warnings].join('\n');
    return Promise.resolve(answer({ ok: false, file, mistakes, warnings: loaded.warnings }, text, exits.configuration));
  },
};

export const configReference: Command = {
  noun: 'config',
  verb: 'reference',
  summary: 'Everything that may be set, the settings of the installed factors included, as Markdown.',
  options: [{ name: 'output', value: 'file', says: 'Write there instead of standard output.' }],
  needs: 'configuration',
  async run({ given, registry, folder }) {
    const markdown = describeConfiguration(
      Object.fromEntries(registry.all().map(({ id, settings }) => [id, settings])),
    );
    const name = given.text('output');
    if (name === undefined) return answer({ markdown }, markdown);
    await writeFile(resolve(folder, name), markdown);
    return answer({ file: name }, `${name} written.`);
  },
};
