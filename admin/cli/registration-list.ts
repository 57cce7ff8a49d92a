/**
 * People of a CSV file (RFC 4180), for `rekey person register`: the first line names the columns, one further line is
 * one person. Every fault is told by its line.
 */
import {
  isKnown,
  readRegistration,
  registrationFields,
  type Registration,
  type RegistrationField,
  type Typed,
} from '../use-cases/person-register.ts';
import type { Services } from '../services.ts';

export interface Listed {
  readonly line: number;
  readonly registration: Registration;
}

export interface ReadList {
  readonly people: readonly Listed[];
  readonly faults: readonly { readonly line: number; readonly faults: readonly string[] }[];
}

type Parts = Pick<Services, 'people' | 'settings' | 'clock'>;

/** Reads and judges the whole list; writes nothing. */
export async function readRegistrationList(services: Parts, text: string): Promise<ReadList> {
  const [head, ...rows] = readCsv(text);
  const columns = (head?.cells ?? []).map((name) => registrationFields.find((field) => field === name.trim()));
  const unknown = (head?.cells ?? []).filter((_, index) => columns[index] === undefined);
  if (!head || unknown.length > 0 || columns.length === 0)
    return {
      people: [],
      faults: [{ line: 1, faults: [`the first line names the columns, of ${registrationFields.join(', ')}`] }],
    };
  const people: Listed[] = [];
  const faults: { line: number; faults: readonly string[] }[] = [];
  const met = new Map<string, number>();
  for (const { line, cells } of rows) {
    const read = readRow(services, columns as readonly RegistrationField[], cells);
    if (!read.ok) faults.push({ line, faults: read.faults });
    else {
      const same = samenessOf(read.registration).map((key) => met.get(key));
      const before = same.find((other) => other !== undefined);
      if (before !== undefined) faults.push({ line, faults: [`is the person of line ${before}`] });
      else if (await isKnown(services, read.registration.line))
        faults.push({ line, faults: ['has an account already'] });
      else people.push({ line, registration: read.registration });
      for (const key of samenessOf(read.registration)) met.set(key, before ?? line);
    }
  }
  return { people, faults };
}

type Row =
  | { readonly ok: true; readonly registration: Registration }
  | { readonly ok: false; readonly faults: readonly string[] };

function readRow(services: Parts, columns: readonly RegistrationField[], cells: readonly string[]): Row {
  if (cells.length !== columns.length)
    return { ok: false, faults: [`has ${cells.length} cells instead of ${columns.length}`] };
  const typed: Typed = Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  const read = readRegistration(services, typed);
  return read.ok ? read : { ok: false, faults: read.faults.map(({ field, says }) => `${field}: ${says}`) };
}

/** Two lines that share one of these are about one person. */
function samenessOf({ line }: Registration): readonly string[] {
  const name = [line.givenName, line.familyName].map((part) => part.normalize('NFKC').toLowerCase()).join(' ');
  const { birthdate } = line.claims ?? {};
  return [`${name} ${line.email.toLowerCase()}`, ...(birthdate === undefined ? [] : [`${name} ${birthdate}`])];
}

interface CsvRow {
  /** Number of its first line in the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Cells may be quoted, with `""` for a quote and line breaks inside; empty lines are left out. */
export function readCsv(text: string): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  let line = 1;
  let from = 1;
  const endRow = (): void => {
    cells.push(cell);
    if (cells.length > 1 || cell.trim() !== '') rows.push({ line: from, cells });
    [cells, cell, from] = [[], '', line + 1];
  };
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at] ?? '';
    if (isQuoted && sign === '"' && source[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (sign === '"' && (isQuoted || cell === '')) isQuoted = !isQuoted;
    else if (isQuoted) cell += sign;
    else if (sign === ',' || sign === ';') {
      cells.push(cell);
      cell = '';
    } else if (sign === '\n') endRow();
    else cell += sign;
    if (sign === '\n') line += 1;
  }
  if (cell !== '' || cells.length > 0) endRow();
  return rows;
}
