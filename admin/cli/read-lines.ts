/**
 * Reads a source of bytes as lines of UTF-8, strictly: a fault is reported with its line and byte. Only LF, and CR
 * before it, end a line; U+2028, U+2029, NEL and VT are ordinary characters (RFC 8259 §7). Called by `person import`.
 */
import { firstInvalidByte } from '../../config/text-file.ts';
import type { ImportLine } from '../use-cases/person-import.ts';

/** In bytes; longer lines are refused. */
const longest = 4_000_000;
const [lineFeed, carriageReturn] = [0x0a, 0x0d];

/** Rejects if the source does. */
export async function* readLines(source: AsyncIterable<Buffer | string>): AsyncGenerator<ImportLine> {
  let parts: Buffer[] = [];
  let length = 0;
  let isFirst = true;
  const take = (part: Buffer): void => {
    length += part.length;
    if (length <= longest) parts.push(part);
  };
  const line = (): ImportLine => {
    const bytes = Buffer.concat(parts);
    const read = length > longest ? { fault: 'is too long' } : lineOf(bytes, isFirst);
    parts = [];
    length = 0;
    isFirst = false;
    return read;
  };
  for await (const given of source) {
    let rest = typeof given === 'string' ? Buffer.from(given) : given;
    if (isFirst && parts.length === 0 && isUtf16(rest)) {
      yield { fault: 'is UTF-16: expected UTF-8 (byte 1); nothing of this file was read' };
      return;
    }
    for (let end = rest.indexOf(lineFeed); end >= 0; end = rest.indexOf(lineFeed)) {
      take(rest.subarray(0, end));
      yield line();
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) take(Buffer.from(rest));
  }
  if (length > 0) yield line();
}

const isUtf16 = (bytes: Buffer): boolean =>
  (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);

function lineOf(bytes: Buffer, isFirst: boolean): ImportLine {
  const mark = isFirst && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
  const own = bytes.subarray(mark, end);
  const wrong = firstInvalidByte(own);
  if (wrong !== undefined) return { fault: `is not UTF-8 (byte ${mark + wrong + 1} of the line)` };
  return own.toString('utf8');
}
