/**
 * Reads a page that tells an administrator what to do on which day: its commands, what they should print, the
 * configuration that it asks for, and marks that readers do not see (`<!-- at 2025-04-08T10:00 -->`, `<!-- night -->`).
 */
export type RunbookStep =
  | { readonly kind: 'mark'; readonly words: readonly string[]; readonly line: number }
  /** `prints`: lines that must stand in the answer in this order; `…` is whatever differs from place to place. */
  | {
      readonly kind: 'command';
      readonly words: readonly string[];
      readonly into?: string;
      readonly prints: readonly string[];
      readonly line: number;
    }
  | { readonly kind: 'configuration'; readonly yaml: string; readonly line: number };

const parts = /^<!-- (?<mark>[^>]*?) -->$|^```(?<language>sh|text|yaml)\n(?<block>[^]*?)^```$/gm;

export function readRunbook(page: string): readonly RunbookStep[] {
  const steps: RunbookStep[] = [];
  for (const { index, groups = {} } of page.matchAll(parts)) {
    const { mark, language, block = '' } = groups;
    const line = page.slice(0, index).split('\n').length;
    if (mark !== undefined) steps.push({ kind: 'mark', words: mark.split(' '), line });
    else if (language === 'yaml') steps.push({ kind: 'configuration', yaml: block, line });
    else if (language === 'sh') steps.push(...commandsIn(block, line));
    else steps.push(printing(steps.pop(), block, line));
  }
  return steps;
}

function commandsIn(block: string, line: number): readonly RunbookStep[] {
  const lines = block.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines
    .filter((written) => written.trim() !== '')
    .map((written) => {
      const [command = '', into] = written.split(' > ');
      const [program, ...words] = wordsOf(command);
      if (program !== 'rekey') throw new Error(`Line ${line}: ${written} is no command of rekey.`);
      return { kind: 'command', words, prints: [], line, ...(into === undefined ? {} : { into: into.trim() }) };
    });
}

function printing(step: RunbookStep | undefined, block: string, line: number): RunbookStep {
  if (step?.kind !== 'command') throw new Error(`Line ${line}: there is no command before what it prints.`);
  return { ...step, prints: block.split('\n').filter((written) => written.trim() !== '' && written.trim() !== '…') };
}

/** As a shell splits them: double quotes hold words together. */
const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);

/** The first line that is missing in an answer, in this order; `undefined`: none is missing. */
export function missingIn(answer: string, prints: readonly string[]): string | undefined {
  let rest = answer;
  return prints.find((line) => {
    const pattern = line
      .trim()
      .split('…')
      .map((piece) => piece.trim().split(/\s+/).map(escaped).join('\\s+'))
      .join('[^\\n]*');
    const found = new RegExp(`^[^\\S\\n]*${pattern}[^\\S\\n]*$`, 'm').exec(rest);
    if (found) rest = rest.slice(found.index + found[0].length);
    return !found;
  });
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
