/**
 * The options of every command, and docs/command-line.md; both from the commands themselves. Help on the screen:
 * program.ts.
 */
import { cell } from '../../config/reference.ts';
import { refusalMeanings } from '../refusals.ts';
import { exits, type Argument, type Command, type Option } from './command.ts';

export const common: readonly Option[] = [
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
];

const exitMeanings: Readonly<Record<keyof typeof exits, string>> = {
  done: 'Done.',
  refused: 'Refused, with the reason; with `--json` as `{"refused": [{"code", "says"}]}`.',
  usage: 'The command line is not understood.',
  configuration: 'The configuration has mistakes, or a factor’s folder has.',
  unavailable: 'The store cannot be read or written.',
  fault: 'A fault of the product.',
};

/** Texts are written once, with the marks of Markdown; they are removed for a screen. */
export const plain = (text: string): string => text.replaceAll('`', '');

export const argumentsOf = ({ argument, second }: Command): readonly Argument[] => [
  ...(argument ? [argument] : []),
  ...(second ? [second] : []),
];

export function usageOf(command: Command): string {
  const { noun, verb } = command;
  const wanted = argumentsOf(command).map(({ name }) => `<${name}>`);
  return ['rekey', noun, ...(verb === undefined ? [] : [verb]), ...wanted, '[options]'].join(' ');
}

/** In the form of commander. */
export const optionFlags = ({ name, value }: Option): string => `--${name}${value === undefined ? '' : ` <${value}>`}`;
const optionText = (option: Option): string => `${optionFlags(option)}${option.multiple === true ? ' …' : ''}`;

const row = (option: Option) => `| \`${optionText(option).replaceAll('|', '\\|')}\` | ${cell(option.says)} |`;

export function commandLinePage(commands: readonly Command[]): string {
  const section = (command: Command) => {
    const { noun, verb, summary, options, examples = [] } = command;
    const wanted = argumentsOf(command);
    return [
      verb === undefined ? `## ${noun}` : `## ${noun} ${verb}`,
      '',
      summary,
      '',
      `    ${usageOf(command)}`,
      '',
      ...(wanted.length + options.length > 0
        ? [
            '| option | |',
            '|---|---|',
            ...wanted.map(({ name, says }) => `| \`<${name}>\` | ${cell(says)} |`),
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
    '`rekey <noun> <verb>`; in a clone `npx rekey <noun> <verb>`. It works on the store itself, while the server runs or not: a change counts on the next request of every process. A person who can read the store and the root key can do all of this; the audit trail says `cli:` and the name of the user at the operating system.',
    '',
    'Days are `YYYY-MM-DD`, or `in N days`, in the time zone of the schedule. How the commands go together, day by day: [Retire a factor in ninety days](retire-a-factor.md).',
    '',
    '| for every command | |',
    '|---|---|',
    ...common.map(row),
    '| `--help`, `-h` | Print help: of everything, of a noun, of a command. |',
    '| `--version` | Print the version. |',
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
