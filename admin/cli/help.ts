/** Help, on the screen and as a page of docs: both from the commands themselves. */
import { refusalMeanings } from '../refusals.ts';
import { exits, type Command, type Option } from './command.ts';
import { table } from './layout.ts';

const common: readonly Option[] = [
  { name: 'config', value: 'file', says: 'The configuration. Default: REKEY_CONFIG, else the demo.' },
  {
    name: 'deployment',
    value: 'name',
    says: 'Instead: one that comes with the product, as `npm start -- --deployment <name>` runs it.',
  },
  {
    name: 'mongodb',
    value: 'address',
    says: 'The store is this MongoDB database, as `npm start -- --mongodb <address>` runs it. Others on the machine may see it: a password rather goes into `REKEY_STORAGE_MONGODB_URI_FILE`.',
  },
  { name: 'json', says: 'Print JSON.' },
  { name: 'help', says: 'Print help.' },
];

const exitMeanings: Readonly<Record<keyof typeof exits, string>> = {
  done: 'Done.',
  refused: 'Refused, with the reason; with `--json` as `{"refused": [{"code", "says"}]}`.',
  usage: 'The command line is not understood.',
  configuration: 'The configuration has mistakes, or a factor’s folder has.',
  unavailable: 'The store cannot be read or written.',
  fault: 'A fault of the product.',
};

/** Texts are written once, with the marks of Markdown; a screen has no use for them. */
const plain = (text: string): string => text.replaceAll('`', '');

export function usageOf({ noun, verb, argument }: Command): string {
  return `rekey ${noun} ${verb}${argument ? ` <${argument.name}>` : ''} [options]`;
}

const optionText = ({ name, value, multiple }: Option): string =>
  `--${name}${value === undefined ? '' : ` <${value}>`}${multiple === true ? ' …' : ''}`;

export function helpOf(command: Command): string {
  const { summary, argument, options, examples = [] } = command;
  return [
    usageOf(command),
    '',
    plain(summary),
    '',
    plain(
      table([
        ...(argument ? [[`  <${argument.name}>`, argument.says]] : []),
        ...[...options, ...common].map((option) => [`  ${optionText(option)}`, option.says]),
      ]),
    ),
    ...(examples.length > 0 ? ['', 'For example:', ...examples.map((example) => `  ${example}`)] : []),
  ].join('\n');
}

export function helpForAll(commands: readonly Command[], noun?: string): string {
  const shown = commands.filter((command) => noun === undefined || command.noun === noun);
  return [
    'rekey <noun> <verb> [options]',
    '',
    plain(table(shown.map((command) => [`  rekey ${command.noun} ${command.verb}`, command.summary]))),
    '',
    'rekey <noun> <verb> --help says more. It may be used while the server runs.',
  ].join('\n');
}

/** Within code `<` stands for itself. */
const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll(/`[^`]*`|</g, (part) => (part === '<' ? '&lt;' : part));

const row = (option: Option) => `| \`${optionText(option).replaceAll('|', '\\|')}\` | ${cell(option.says)} |`;

export function commandLinePage(commands: readonly Command[]): string {
  const section = (command: Command) => {
    const { noun, verb, summary, argument, options, examples = [] } = command;
    return [
      `## ${noun} ${verb}`,
      '',
      summary,
      '',
      `    ${usageOf(command)}`,
      '',
      ...(argument || options.length > 0
        ? [
            '| option | |',
            '|---|---|',
            ...(argument ? [`| \`<${argument.name}>\` | ${cell(argument.says)} |`] : []),
            ...options.map(row),
            '',
          ]
        : []),
      ...(examples.length > 0 ? ['For example:', '', ...examples.map((example) => `    ${example}`), ''] : []),
    ].join('\n');
  };
  return [
    '# Command line',
    '',
    '<!-- Written from the commands by `npm run docs:command-line`. Do not edit. -->',
    '',
    '`rekey <noun> <verb>`; in a clone `npm run -s rekey -- <noun> <verb>`. It works on the store itself, while the server runs or not: a change counts on the next request of every process. Whoever may read the store and the root key may do all of this; the audit trail says `cli:` and the name of the user at the operating system.',
    '',
    'Days are `YYYY-MM-DD`, or `in N days`, in the time zone of the schedule.',
    '',
    '| for every command | |',
    '|---|---|',
    ...common.map(row),
    '',
    '| exit code | |',
    '|---|---|',
    ...Object.entries(exits).map(([name, code]) => `| ${code} | ${exitMeanings[name as keyof typeof exits]} |`),
    '',
    ...commands.map(section),
    '## Refusals',
    '',
    'The codes of `--json`. Beside them: `usage`, `fault`, and `store_…` with the cause.',
    '',
    '| code | |',
    '|---|---|',
    ...Object.entries(refusalMeanings).map(([code, says]) => `| \`${code}\` | ${cell(says)} |`),
    '',
  ].join('\n');
}
