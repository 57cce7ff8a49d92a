/** `mail preview`: writes the mails of the product as files, or sends them to one address. */
import { resolve } from 'node:path';
import { nearest } from '../../config/did-you-mean.ts';
import { refuse } from '../refusals.ts';
import {
  nameOf,
  sendExample,
  writeExample,
  type Kind,
  type Renderer,
  type WrittenExample,
} from '../use-cases/mail-preview.ts';
import { answer, refusedAnswer, UsageError, type Answer, type Command, type WithServices } from './command.ts';
import { count, printable } from './layout.ts';
import { writeFiles } from './write-files.ts';

export const mailPreview: Command = {
  noun: 'mail',
  verb: 'preview',
  summary:
    'Shows a mail or short message with example values: on the screen, as files (text and HTML), or sent to oneself and marked as a preview. Without a name: which there are, or with --out all of them. No person is looked at.',
  argument: { name: 'template', says: 'Its name, such as key_going or email-otp/code.' },
  options: [
    { name: 'language', value: 'language', says: 'nl, fr, de or en. Default: all; with --to that of the deployment.' },
    { name: 'out', value: 'folder', says: 'Where the files go. It is made; one that is there must be empty.' },
    { name: 'force', says: 'Also into a folder that is not empty; files of an earlier preview in it go.' },
    { name: 'to', value: 'address', says: 'Sends one mail there by the configured server.' },
  ],
  examples: ['rekey mail preview key_going --language nl', 'rekey mail preview --out ./mails'],
  needs: 'services',
  async run(around) {
    const { services, given, drawPages } = around;
    const { renderer, mailZone } = await drawPages();
    const wanted = given.argument;
    const kinds = renderer.messages.filter((kind) => wanted === undefined || nameOf(kind) === wanted);
    if (kinds.length === 0) return refusedAnswer(unknown(wanted ?? '', renderer));
    const language = languageOf(given.text('language'), renderer);
    const facts = { ...services, zone: await mailZone(), dated: Object.keys(await services.schedules.current()) };
    const [to, out] = [given.text('to'), given.text('out')];
    if (to !== undefined) return send(around, { renderer, facts, kinds, language, to });
    if (wanted === undefined && out === undefined) return listed(kinds);
    const examples = kinds.flatMap((kind) =>
      (language ? [language] : renderer.languages).map((each) => ({
        kind,
        written: writeExample(renderer, facts, { kind, language: each }),
      })),
    );
    return out === undefined ? shown(examples) : write(around, examples, out);
  },
};

interface Example {
  readonly kind: Kind;
  readonly written: WrittenExample;
}

const jsonOf = ({ kind, written }: Example) => ({ template: nameOf(kind), channel: kind.channel, ...written });

const unknown = (wanted: string, { messages }: Renderer) => {
  const meant = nearest(wanted, messages.map(nameOf));
  const hint = meant === undefined ? 'rekey mail preview lists them.' : `Did you mean ${meant}?`;
  return refuse('template_unknown', `There is no mail or short message ${wanted}. ${hint}`).refusals;
};

function languageOf(written: string | undefined, { languages }: Renderer) {
  const found = languages.find((language) => language === written);
  if (written !== undefined && found === undefined)
    throw new UsageError(`--language takes ${languages.slice(0, -1).join(', ')} or ${languages.at(-1)}.`);
  return found;
}

const listed = (kinds: readonly Kind[]): Answer =>
  answer(
    kinds.map((kind) => ({ template: nameOf(kind), channel: kind.channel })),
    kinds.map((kind) => `${nameOf(kind)}${kind.channel === 'sms' ? '  (short message)' : ''}`).join('\n'),
  );

const shown = (examples: readonly Example[]): Answer =>
  answer(
    examples.map(jsonOf),
    examples
      .map(({ written: { language, subject, text } }) =>
        [`--- ${language}${subject === undefined ? '' : `: ${subject}`}`, text.trimEnd()].join('\n'),
      )
      .join('\n\n'),
  );

const ofAPreview = /^[a-z\d_.-]+\.(?:nl|fr|de|en)\.(?:txt|html)$/;

async function write({ folder, given }: WithServices, examples: readonly Example[], out: string): Promise<Answer> {
  const files = examples.flatMap(({ kind, written: { language, subject, text, html } }) => {
    const name = `${nameOf(kind).replaceAll('/', '.')}.${language}`;
    const whole = subject === undefined ? text : `${subject}\n\n${text}`;
    return [
      { file: `${name}.txt`, text: whole },
      ...(html === undefined ? [] : [{ file: `${name}.html`, text: html }]),
    ];
  });
  const target = resolve(folder, out);
  const done = await writeFiles(target, files, { force: given.is('force'), former: ofAPreview });
  if (!done.ok) return refusedAnswer(done.refusals);
  const names = files.map(({ file }) => file);
  return answer({ folder: target, files: names }, `${count(names.length, 'file', 'files')} in ${out}.`);
}

async function send(
  { services, given, by, progress }: WithServices,
  {
    renderer,
    facts,
    kinds,
    language = services.settings.defaultLanguage,
    to,
  }: {
    readonly renderer: Renderer;
    readonly facts: Parameters<typeof writeExample>[1];
    readonly kinds: readonly Kind[];
    readonly language: Renderer['languages'][number] | undefined;
    readonly to: string;
  },
): Promise<Answer> {
  const [kind] = kinds;
  if (given.argument === undefined || kind === undefined) throw new UsageError('Say which mail: its name before --to.');
  if (given.text('out') !== undefined) throw new UsageError('Either --to or --out.');
  const written = writeExample(renderer, facts, { kind, language, isPreview: true });
  const say = (line: string) => progress.write?.(`${printable(line)}\n`);
  const outcome = await sendExample(services, { kind, written, to, by, say });
  if (!outcome.ok) return refusedAnswer(outcome.refusals);
  return answer(
    { ...outcome.value, template: nameOf(kind), language },
    `The server has taken the preview of ${nameOf(kind)} (${language}) to ${outcome.value.to}.`,
  );
}
