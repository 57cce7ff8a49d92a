/** From words to a command and what it was given. */
import { parseArgs } from 'node:util';
import { nearest } from '../../config/did-you-mean.ts';
import { UsageError, type Command, type Given } from './command.ts';

export interface General {
  readonly json: boolean;
  readonly help: boolean;
  readonly config: string | undefined;
  readonly deployment: string | undefined;
  readonly mongodb: string | undefined;
}

export type Parsed =
  | { readonly command: Command; readonly given: Given; readonly general: General }
  | { readonly command: undefined; readonly noun: string | undefined; readonly general: General };

const generalOptions = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  config: { type: 'string' },
  deployment: { type: 'string' },
  mongodb: { type: 'string' },
} as const;
const withValue: readonly (string | undefined)[] = ['--config', '--deployment', '--mongodb'];

/** What concerns every command; looked for before the commands are known, since some follow from the configuration. */
export function generalOf(words: readonly string[]): General {
  const { values } = parseArgs({ args: [...words], options: generalOptions, strict: false, allowPositionals: true });
  return {
    json: values.json === true,
    help: values.help === true,
    config: typeof values.config === 'string' ? values.config : undefined,
    deployment: typeof values.deployment === 'string' ? values.deployment : undefined,
    mongodb: typeof values.mongodb === 'string' ? values.mongodb : undefined,
  };
}

/** Throws a UsageError. */
export function parseWords(words: readonly string[], commands: readonly Command[]): Parsed {
  const general = generalOf(words);
  const [noun, verb, ...rest] = wordsFirst(words);
  if (noun === undefined || noun === 'help') return { command: undefined, noun: undefined, general };
  const nouns = [...new Set(commands.map((command) => command.noun))];
  if (!nouns.includes(noun)) throw new UsageError(`There is no command ${noun}.${hint(nearest(noun, nouns))}`);
  const verbs = commands.filter((command) => command.noun === noun);
  if (verb === undefined || verb.startsWith('-')) {
    if (general.help) return { command: undefined, noun, general };
    throw new UsageError(`Say what to do: ${verbs.map((command) => `rekey ${noun} ${command.verb}`).join(', ')}.`);
  }
  const command = verbs.find((one) => one.verb === verb);
  if (!command)
    throw new UsageError(
      `There is no command ${noun} ${verb}.${hint(
        nearest(
          verb,
          verbs.map((one) => one.verb),
        ),
      )}`,
    );
  return { command, given: general.help ? nothing : givenOf(command, rest), general };
}

const hint = (meant: string | undefined): string => (meant === undefined ? '' : ` Did you mean ${meant}?`);

/** Options may stand before the noun too. */
function wordsFirst(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word, index) => !word.startsWith('-') && !withValue.includes(words[index - 1]));
  return first < 1 ? words : [...words.slice(first, first + 2), ...words.slice(0, first), ...words.slice(first + 2)];
}

const nothing: Given = { argument: undefined, text: () => undefined, texts: () => undefined, is: () => false };

function givenOf({ options, argument }: Command, words: readonly string[]): Given {
  const own = Object.fromEntries(
    options.map(({ name, value, multiple }) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: multiple === true },
    ]),
  );
  const known = Object.keys({ ...own, ...generalOptions });
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: withDashedValues(words, { ...generalOptions, ...own }),
      options: { ...generalOptions, ...own },
      strict: true,
      allowPositionals: true,
    });
  } catch (error) {
    const unknown = /^Unknown option '--([^']+)'/.exec((error as Error).message)?.[1];
    if (unknown !== undefined)
      throw new UsageError(`There is no option --${unknown} here.${hint(dashed(nearest(unknown, known)))}`);
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  const [first, ...more] = positionals;
  const tooMany = argument ? more[0] : first;
  if (tooMany !== undefined) throw new UsageError(`${JSON.stringify(tooMany)} is one word too many.`);
  return {
    argument: first,
    text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
    texts: (name) => (Array.isArray(values[name]) ? (values[name] as string[]) : undefined),
    is: (name) => values[name] === true,
  };
}

/** A value may begin with a dash, as an id does now and then; only an option of this command is none. */
function withDashedValues(
  words: readonly string[],
  options: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>,
): string[] {
  const names = Object.keys(options);
  const isOption = (word: string) =>
    word === '--' || word === '-h' || names.some((name) => word === `--${name}` || word.startsWith(`--${name}=`));
  const joined: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1];
    const takesValue = word.startsWith('--') && options[word.slice(2)]?.type === 'string';
    if (!takesValue || !next?.startsWith('-') || isOption(next)) joined.push(word);
    else {
      joined.push(`${word}=${next}`);
      at += 1;
    }
  }
  return joined;
}

const dashed = (name: string | undefined): string | undefined => (name === undefined ? undefined : `--${name}`);
