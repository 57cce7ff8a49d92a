/**
 * Makes mutants of a source file: copies in which one operator, literal or call is replaced. Pure. Types are blanked
 * first (they have no effect at run time), and comments, strings and import lines stay unchanged, except short words
 * that are a result: `'finish'`.
 */
import { stripTypeScriptTypes } from 'node:module';

export interface Mutant {
  /** 1, 2, 3 … */
  readonly line: number;
  readonly was: string;
  readonly is: string;
  /** The line as it stands in the source, without white space around it: it names a mutant in the list of survivors. */
  readonly text: string;
  /** The whole file with the mutation. */
  readonly source: string;
}

/** Comments, strings and templates are matched first, so that nothing inside them is read as an operator. */
const token =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\\n])*'|===|!==|=>|<=|>=|&&|\|\||\?\?=?|[<>]|!(?=[\w(.])|\btrue\b|\bfalse\b|\.(?:some|every)\b|\bMath\.(?:min|max)\b|[ ][+-][ ]|\b\d[\d_]*\b/g;

const swapped: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '!': '',
  true: 'false',
  false: 'true',
  '.some': '.every',
  '.every': '.some',
  'Math.min': 'Math.max',
  'Math.max': 'Math.min',
  ' + ': ' - ',
  ' - ': ' + ',
  "'finish'": "'refused'",
};

/** The replacement of a token; `undefined`: it stays unchanged. */
function otherFor(found: string): string | undefined {
  if (Object.hasOwn(swapped, found)) return swapped[found];
  if (/^\d/.test(found)) return String(Number(found.replaceAll('_', '')) + 1);
  return undefined;
}

/** Conditions are also replaced by true and by false, which shows branches that no test needs. */
const condition = /\bif \((?<asked>[^\n]*)\) (?=return|throw|continue|break|\{)/g;

export function mutantsOf(source: string): readonly Mutant[] {
  const bare = stripTypeScriptTypes(source);
  const lines = source.split('\n');
  const made: Mutant[] = [];
  const add = (at: number, was: string, is: string) => {
    const line = source.slice(0, at).split('\n').length;
    const text = lines[line - 1]?.trim() ?? '';
    if (/^(import|export (\*|\{)|\} from)/.test(text)) return;
    made.push({ line, was, is, text, source: source.slice(0, at) + is + source.slice(at + was.length) });
  };
  for (const { 0: found, index } of bare.matchAll(token)) {
    const other = otherFor(found);
    if (other !== undefined && source.startsWith(found, index)) add(index, found, other);
  }
  for (const { groups, index } of bare.matchAll(condition)) {
    const asked = groups?.['asked'] ?? '';
    for (const always of ['true', 'false']) if (source.startsWith(asked, index + 4)) add(index + 4, asked, always);
  }
  return made;
}
