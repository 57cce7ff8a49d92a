/** The progress of a long command: a bar on a terminal, plain lines elsewhere, nothing if nobody reads it. */

export interface ProgressOutput {
  /** `undefined`: print nothing. */
  readonly write: ((text: string) => void) | undefined;
  readonly isTerminal: boolean;
}

export interface Progress {
  readonly phase: keyof typeof words;
  /** Of which part: a collection, a group. */
  readonly collection: string;
  readonly done: number;
  readonly of: number;
}

const width = 30;
const words = { copy: 'copying', verify: 'comparing', read: 'reading', write: 'writing' } as const;

export function progressLine({ write, isTerminal }: ProgressOutput) {
  let said = '';
  let isOpen = false;
  return {
    show({ phase, collection, done, of }: Progress): void {
      const share = of === 0 ? 1 : Math.min(1, done / of);
      if (isTerminal) {
        const bar = '█'.repeat(Math.round(share * width)).padEnd(width, '░');
        write?.(
          `\r\u001b[K${words[phase].padEnd(9)} ${bar} ${Math.floor(share * 100)} %  ${done} of ${of}  ${collection}`,
        );
        isOpen = true;
        return;
      }
      const line = `${words[phase]} ${collection}`;
      const tenth = `${phase} ${Math.floor(share * 10)}`;
      if (tenth === said) return;
      said = tenth;
      write?.(`${line}: ${done} of ${of}\n`);
    },
    end(): void {
      if (isOpen) write?.('\n');
      isOpen = false;
    },
  };
}
