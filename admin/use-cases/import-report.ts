/**
 * The report of an import about its lines. Lines are finished in any order, and reported in their own order. Called by
 * person-import.ts.
 */

export interface ImportReport {
  readonly added: number;
  /** Accounts that existed and were changed: only with updates. */
  readonly changed: number;
  /**
   * Accounts whose user name existed, in the store or on an earlier line; with updates: and that already had all
   * values.
   */
  readonly present: number;
  readonly refused: readonly { readonly line: number; readonly faults: readonly string[] }[];
  /** Of those: lines with the user name of an earlier line, in any spelling. */
  readonly same: readonly { readonly line: number; readonly as: number }[];
  /** Lines with a password that a person could not set today; it was imported anyway. */
  readonly weak: readonly number[];
  /** The source or the store failed: the lines before that are done. */
  readonly stopped?: Stopped;
}

export interface Stopped {
  /** Sentence without a full stop. */
  readonly says: string;
  /** Every line before this one was handled as the report says; 1: none. */
  readonly before: number;
  /** Further lines that were handled. */
  readonly also: readonly number[];
}

type Outcome = 'taken' | 'refused';

export interface LineLedger {
  added(line: number, weak: boolean): Outcome;
  changed(line: number, weak: boolean): Outcome;
  present(line: number): Outcome;
  sameAs(line: number, as: number): Outcome;
  refused(line: number, faults: readonly string[]): Outcome;
  /** No further line may begin. */
  stop(line: number, error: unknown): void;
  isStopped(): boolean;
  /** Throws the first error that stopped it, if `isTold` says that it is a fault of the product. */
  report(isTold: (error: unknown) => boolean): ImportReport;
}

export function createLineLedger(): LineLedger {
  const refused: { line: number; faults: readonly string[] }[] = [];
  const same: { line: number; as: number }[] = [];
  const weak: number[] = [];
  const failed: { readonly line: number; readonly error: unknown }[] = [];
  const dealtWith = new Set<number>();
  let [added, changed, present, highest] = [0, 0, 0, 0];
  const settle = (line: number, outcome: Outcome): Outcome => {
    dealtWith.add(line);
    highest = Math.max(highest, line);
    return outcome;
  };
  return {
    added(line, isWeak) {
      added += 1;
      if (isWeak) weak.push(line);
      return settle(line, 'taken');
    },
    changed(line, isWeak) {
      changed += 1;
      if (isWeak) weak.push(line);
      return settle(line, 'taken');
    },
    present(line) {
      present += 1;
      return settle(line, 'taken');
    },
    sameAs(line, as) {
      same.push({ line, as });
      present += 1;
      return settle(line, 'taken');
    },
    refused(line, faults) {
      refused.push({ line, faults });
      return settle(line, 'refused');
    },
    stop: (line, error) => void failed.push({ line, error }),
    isStopped: () => failed.length > 0,
    report(isTold) {
      const unknown = failed.find(({ error }) => !isTold(error));
      if (unknown) throw unknown.error;
      const inOrder = {
        added,
        changed,
        present,
        refused: byLine(refused),
        same: byLine(same),
        weak: weak.toSorted((a, b) => a - b),
      };
      if (failed.length === 0) return inOrder;
      const before = Math.min(...failed.map(({ line }) => line));
      const also = Array.from({ length: Math.max(0, highest - before) }, (_, at) => before + 1 + at).filter((line) =>
        dealtWith.has(line),
      );
      const first = failed[0]?.error;
      const says = first instanceof Error ? first.message.replace(/\.$/, '') : String(first);
      return { ...inOrder, stopped: { says, before, also } };
    },
  };
}

const byLine = <T extends { readonly line: number }>(rows: readonly T[]): readonly T[] =>
  rows.toSorted((a, b) => a.line - b.line);
