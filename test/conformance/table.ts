/** The table of docs/certification.md. Called by `main.ts`. */
import type { ModuleResult } from './module-run.ts';

const columns = ['PASSED', 'WARNING', 'REVIEW', 'SKIPPED', 'FAILED'] as const;

export const headOfTable = [
  `| plan | modules | ${columns.map((column) => column.toLowerCase()).join(' | ')} |`,
  `| --- | --- | ${columns.map(() => '---').join(' | ')} |`,
].join('\n');

/** A module that was interrupted or did not finish counts as failed. */
export function lineOf(title: string, results: readonly ModuleResult[]): string {
  const known: readonly string[] = columns;
  const words = results.map(({ result }) => (known.includes(result) ? result : 'FAILED'));
  const counts = columns.map((column) => words.filter((word) => word === column).length);
  return `| ${title} | ${results.length} | ${counts.map((count) => (count === 0 ? '' : String(count))).join(' | ')} |`;
}
