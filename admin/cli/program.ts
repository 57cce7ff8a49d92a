/**
 * Finds the command and its values in the words of the command line, with the library commander; help comes from the
 * same description. Called by run.ts.
 */
import { Command as Program, CommanderError, Option as ProgramOption } from 'commander';
import { UsageError, type Command, type Given, type Option } from './command.ts';
import { argumentsOf, common, optionFlags, plain } from './help.ts';

export interface General {
  readonly json: boolean;
  readonly config: string | undefined;
  readonly deployment: string | undefined;
  readonly mongodb: string | undefined;
}

export interface Screen {
  /** Columns of the terminal; absent: 80. */
  readonly columns?: number | undefined;
  /** Whether headings may be bold: on a terminal, and without `NO_COLOR`. */
  readonly colors?: boolean | undefined;
}

export type Parsed =
  | { readonly command: Command; readonly given: Given }
  /** Help or the version was asked for. */
  | { readonly command: undefined; readonly text: string };

/** Options of every command; read before the commands are known, because some follow from the configuration. */
export function generalOf(words: readonly string[]): General {
  const program = new Program().helpOption(false).allowUnknownOption().exitOverride().configureOutput(silent);
  for (const option of common) program.addOption(optionOf(option));
  try {
    program.parseOptions([...words]);
  } catch {
    // A missing value is reported when the whole line is read.
  }
  const { json, config, deployment, mongodb } = program.opts<Partial<General>>();
  return { json: json === true, config, deployment, mongodb };
}

/** Throws a UsageError. */
export function parseWords(
  words: readonly string[],
  commands: readonly Command[],
  version: string,
  screen: Screen = {},
): Parsed {
  let text = '';
  let found: Parsed | undefined;
  const program = build(commands, version, (command, given) => (found = { command, given }));
  for (const one of everyProgram(program))
    one.exitOverride().configureOutput({
      writeOut: (said) => void (text += said),
      writeErr: () => undefined,
      outputError: () => undefined,
      getOutHelpWidth: () => screen.columns ?? 80,
      getOutHasColors: () => screen.colors === true,
    });
  try {
    program.parse(argumentLast(helpLast(joined(words, commands), commands), commands), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (['commander.helpDisplayed', 'commander.version'].includes(error.code))
      return { command: undefined, text: plain(text.trimEnd()) };
    if (error.code === 'commander.unknownOption' && !error.message.includes('Did you mean'))
      throw new UsageError(
        `${sentence(error)} A name or an id that begins with two dashes is written last, after \`--\`.`,
      );
    if (error.code !== 'commander.help') throw new UsageError(sentence(error));
    const noun = words.find((word) => commands.some((command) => command.noun === word));
    if (noun === undefined) return { command: undefined, text: plain(program.helpInformation().trimEnd()) };
    throw new UsageError(whatToDo(noun, commands));
  }
  return found ?? { command: undefined, text: plain(program.helpInformation().trimEnd()) };
}

const silent = { writeErr: () => undefined, outputError: () => undefined };

function build(commands: readonly Command[], version: string, take: (command: Command, given: Given) => void): Program {
  const program = new Program('rekey')
    .usage('<noun> <verb> [options]')
    .description('Runs Rekey, and administers it while it runs or not.')
    .version(version, '--version', 'Print the version.')
    .helpOption('-h, --help', 'Print help. `rekey help <noun> <verb>` does the same.')
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureHelp({
      showGlobalOptions: true,
      minWidthToWrap: 20,
      styleTitle: (title) => `\u001B[1m${title}\u001B[22m`,
      subcommandTerm: (one) => `${one.name()} ${one.usage()}`.replace(' [options]', ''),
    });
  for (const option of common) program.addOption(optionOf(option));
  const nouns = new Map<string, Program>();
  for (const command of commands) {
    const { noun, verb, summary, options, examples = [] } = command;
    const wanted = argumentsOf(command);
    const parent = verb === undefined ? program : (nouns.get(noun) ?? nounOf(program, nouns, noun, commands));
    const one = parent
      .command(verb ?? noun)
      .description(summary)
      .copyInheritedSettings(program);
    one.usage(`${wanted.map(({ name }) => `<${name}> `).join('')}[options]`).helpOption('-h, --help', 'Print help.');
    // Optional here: the command itself reports what is missing.
    for (const { name, says } of wanted) one.argument(`[${name}]`, says);
    for (const option of options) one.addOption(optionOf(option));
    if (examples.length > 0)
      one.addHelpText('after', `\nFor example:\n${examples.map((line) => `  ${line}`).join('\n')}`);
    one.action(() => take(command, givenOf(one, options)));
  }
  return program;
}

function nounOf(program: Program, nouns: Map<string, Program>, noun: string, commands: readonly Command[]): Program {
  const verbs = commands.filter((command) => command.noun === noun).flatMap(({ verb }) => verb ?? []);
  const parent = program
    .command(noun)
    .description(`Verbs: ${verbs.join(', ')}.`)
    .copyInheritedSettings(program)
    .usage('<verb> [options]')
    .helpOption('-h, --help', 'Print help.')
    .helpCommand(false);
  nouns.set(noun, parent);
  return parent;
}

function optionOf(option: Option): ProgramOption {
  const made = new ProgramOption(optionFlags(option), option.says);
  if (option.multiple === true)
    made.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  return made;
}

function givenOf(program: Program, options: readonly Option[]): Given {
  const values: Readonly<Record<string, unknown>> = program.opts();
  const names = new Map(options.map((option) => [option.name, optionOf(option).attributeName()]));
  const of = (name: string) => values[names.get(name) ?? name];
  return {
    argument: program.args[0],
    second: program.args[1],
    text: (name) => {
      const value = of(name);
      return typeof value === 'string' ? value : undefined;
    },
    texts: (name) => {
      const value = of(name);
      return Array.isArray(value) ? (value as string[]) : undefined;
    },
    is: (name) => of(name) === true,
  };
}

const everyProgram = (program: Program): readonly Program[] => [program, ...program.commands.flatMap(everyProgram)];

/** `person group add` is `person group-add`. */
function joined(words: readonly string[], commands: readonly Command[]): readonly string[] {
  const at = words.findIndex((word, index) =>
    commands.some(({ noun, verb }) => noun === word && verb === `${words[index + 1]}-${words[index + 2]}`),
  );
  return at < 0 ? words : [...words.slice(0, at + 1), `${words[at + 1]}-${words[at + 2]}`, ...words.slice(at + 3)];
}

/**
 * `help factor schedule` and `--help factor schedule` are `factor schedule --help`; for an unknown command, the one
 * that is meant is suggested.
 */
function helpLast(words: readonly string[], commands: readonly Command[]): readonly string[] {
  const isNoun = (word: string | undefined) => commands.some(({ noun }) => noun === word);
  const at = words.findIndex((word) => ['help', '--help', '-h'].includes(word));
  if (at < 0 || words.slice(0, at).some(isNoun)) return words;
  const others = words.filter((_, index) => index !== at);
  const named = others.slice(at).find((word) => !word.startsWith('-'));
  return named === undefined || isNoun(named) ? [...others, '--help'] : others;
}

/**
 * Ids are base64url, and user names can be any text, so either may begin with a dash. No option but `-h` has one dash:
 * such a word in the place of the argument is the argument, and is moved behind `--` (POSIX, Utility Syntax Guideline
 * 10).
 */
function argumentLast(words: readonly string[], commands: readonly Command[]): readonly string[] {
  const at = words.findIndex((word, index) =>
    commands.some(({ noun, verb }) => noun === word && verb !== undefined && verb === words[index + 1]),
  );
  const word = at < 0 ? undefined : words[at + 2];
  if (word === undefined || word === '-h' || !/^-[^-]/.test(word) || words.includes('--')) return words;
  return [...words.slice(0, at + 2), ...words.slice(at + 3), '--', word];
}

function whatToDo(noun: string, commands: readonly Command[]): string {
  const verbs = commands.filter((command) => command.noun === noun);
  return `Say what to do: ${verbs.map(({ verb }) => `rekey ${noun} ${String(verb)}`).join(', ')}.`;
}

/** The message of the library, as a sentence. */
function sentence({ message }: CommanderError): string {
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n');
  const said = first.charAt(0).toUpperCase() + first.slice(1);
  const hint = more.map((line) => line.replace(/^\((.*)\)$/, '$1'));
  return [/[.?!]$/.test(said) ? said : `${said}.`, ...hint].join(' ');
}
