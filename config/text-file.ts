/**
 * Reads a file with one value, strictly as UTF-8: invisible characters of an editor or a shell are reported with their
 * place. Called by environment.ts.
 */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import type { MistakeCode } from './config-errors.ts';

export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: MistakeCode; readonly says: string };

const longest = 65_536;
const unreadable = 'expected the path of a file that can be read';

/** The content without one line end at its end. It is never quoted, since it may be a secret. */
export async function readText(file: string): Promise<FileText> {
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined) return refused('file_unreadable', unreadable);
  if (bytes.length > longest) return refused('file_unreadable', `names a file of more than ${longest} bytes`);
  const fault = encodingFault(bytes);
  if (fault !== undefined) return refused('file_encoding', `names a file that ${fault}: expected plain UTF-8`);
  return { ok: true, text: bytes.toString('utf8').replace(/\r?\n$/, '') };
}

const refused = (code: MistakeCode, says: string): FileText => ({ ok: false, code, says });

function encodingFault(bytes: Buffer): string | undefined {
  const [first, second, third] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return 'is UTF-16 (byte 1)';
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'begins with a byte order mark (bytes 1 to 3)';
  const wrong = firstInvalidByte(bytes);
  if (wrong !== undefined) return `is not UTF-8 (byte ${wrong + 1})`;
  // UTF-16 of plain letters without its byte order mark is valid UTF-8 with every second byte zero.
  const zero = bytes.indexOf(0);
  return zero < 0 ? undefined : `has a zero byte, as UTF-16 has (byte ${zero + 1})`;
}

/** Where a text is no longer UTF-8 (RFC 3629 §4), from 0; `undefined` for valid UTF-8. */
export function firstInvalidByte(bytes: Uint8Array): number | undefined {
  if (isUtf8(bytes)) return undefined;
  const isBeginning = (length: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isBeginning(middle)) good = middle;
    else bad = middle;
  }
  // A character that is cut off is detected only after the last byte.
  return Math.min(good, bytes.length - 1);
}
