/** `rekey texts check` and `rekey texts preview`: the words and the look of a deployment, complete and as HTML. */
import { resolve } from 'node:path';
import { describeMistakes } from '../../config/config-errors.ts';
import { answer, exits, refusedAnswer, UsageError, type Command } from './command.ts';
import type { TextsReport } from './composition.ts';
import { count } from './layout.ts';
import { writeFiles } from './write-files.ts';

export const textsCheck: Command = {
  noun: 'texts',
  verb: 'check',
  summary:
    'Says how many texts there are in each language, how many of them are the deployment’s own, and which are missing in a further language, where another one stands in; and, with `formOfAddress: informal`, which still address people formally. Mistakes in the folder `texts` are those of `rekey config check`.',
  options: [
    { name: 'missing', says: 'Name every missing text.' },
    { name: 'complete', says: 'Refuse (exit code 1) where a text is missing.' },
  ],
  examples: ['rekey texts check --missing', 'rekey texts check --complete'],
  needs: 'configuration',
  async run({ file, given, loaded, registry, reportTexts }) {
    if (!loaded.ok)
      return answer(
        { ok: false, file, mistakes: loaded.mistakes },
        [`${file}:`, describeMistakes(loaded.mistakes)].join('\n'),
        exits.configuration,
      );
    const report = await reportTexts({ settings: loaded.settings, registry });
    const isComplete = report.languages.every(({ missing, formal = [] }) => missing.length + formal.length === 0);
    return answer(
      { ...report, complete: isComplete },
      linesOf(report, given.is('missing')).join('\n'),
      isComplete || !given.is('complete') ? exits.done : exits.refused,
    );
  },
};

function linesOf({ languages, layouts }: TextsReport, named: boolean): readonly string[] {
  return [
    ...languages.flatMap(({ language, fallBack, texts, own, missing, formal = [] }) => [
      [
        `${language}: ${count(texts, 'text', 'texts')}`,
        `${own} of your own`,
        ...(fallBack === undefined ? [] : [`${missing.length} missing, for which ${fallBack} stands in`]),
        ...(formal.length === 0 ? [] : [`${formal.length} still of formal address`]),
      ].join(', '),
      ...(named ? [...missing, ...formal].map((key) => `  ${key}`) : []),
    ]),
    ...layouts.map((name) => `${name}.hbs: your own layout of mails.`),
  ];
}

export const textsPreview: Command = {
  noun: 'texts',
  verb: 'preview',
  summary:
    'Draws every page in all its states, and every mail, in every language as HTML files, with example values and the look of the deployment. No person is looked at.',
  options: [
    { name: 'out', value: 'folder', says: 'Where the files go. It is made; one that is there must be empty.' },
    { name: 'force', says: 'Also into a folder that is not empty; files of an earlier preview in it go.' },
    { name: 'language', value: 'language', says: 'One language only.' },
  ],
  examples: ['rekey texts preview --out ./pages'],
  needs: 'services',
  async run({ services, given, folder, drawTexts }) {
    const out = given.text('out');
    if (out === undefined || out === '') throw new UsageError('Say where the pages go: --out <folder>.');
    const { languages, files, listOf } = await drawTexts(services);
    const wanted = given.text('language');
    if (wanted !== undefined && !languages.includes(wanted))
      throw new UsageError(`--language takes ${languages.slice(0, -1).join(', ')} or ${languages.at(-1)}.`);
    const chosen = files.filter(({ language }) => wanted === undefined || language === wanted);
    const list = { file: 'index.html', text: listOf(chosen.map(({ file }) => file)) };
    const target = resolve(folder, out);
    const written = await writeFiles(target, [...chosen, list], { force: given.is('force'), former: ofAPreview });
    if (!written.ok) return refusedAnswer(written.refusals);
    return answer(
      { folder: target, files: chosen.map(({ file }) => file) },
      `${count(chosen.length, 'page and mail', 'pages and mails')} in ${out}: open index.html.`,
    );
  },
};

const ofAPreview = /^(?:index|(?:page|mail)\.[a-z\d_.-]+)\.(?:html|txt)$/;
