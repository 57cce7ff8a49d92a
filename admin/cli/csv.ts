/** Lines of CSV (RFC 4180), for spreadsheets: a cell that a spreadsheet would run as a formula is written as text. */

/** Characters with which a formula begins in a spreadsheet, also after white space (OWASP, CSV injection). */
const formula = /^\s*[=+\-@\t\r]/;

function cell(text: string): string {
  const plain = formula.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

export const csvLine = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;
