/** Lines of CSV (RFC 4180), for spreadsheets: a cell that one would run as a formula is told as text. */

/** Signs with which a spreadsheet begins a formula, also behind white space (OWASP, CSV injection). */
const formula = /^\s*[=+\-@\t\r]/;

function cell(text: string): string {
  const plain = formula.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

export const csvLine = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;
