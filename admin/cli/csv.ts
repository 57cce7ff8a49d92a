/** Lines of CSV (RFC 4180), for spreadsheets: a cell that a spreadsheet would run as a formula is written as text. */

/**
 * Characters with which a formula begins in a spreadsheet, also in full width and after white space (OWASP, CSV
 * injection).
 */
const formula = /^\s*[=+\-@\t\r＝＋－＠]/;
/**
 * The same within a cell: where the decimal sign is a comma, as in Belgium, a spreadsheet divides cells at semicolons
 * and knows quotes at the beginning of its own cells alone.
 */
const within = /[;\r\n](?=\s*[=+\-@＝＋－＠])/g;

function cell(text: string): string {
  const apart = text.replaceAll(within, "$&'");
  const plain = formula.test(text) ? `'${apart}` : apart;
  return /[",\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

export const csvLine = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;
