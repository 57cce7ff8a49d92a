/** Plain text for terminals. */

/** Characters that a terminal might take for a command are escaped, so that no name can change the screen. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Columns as wide as their widest cell, with two spaces between. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;
