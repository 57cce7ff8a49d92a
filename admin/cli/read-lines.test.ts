import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, integer, string } from 'fast-check';
import { readLines } from './read-lines.ts';
import type { ImportLine } from '../use-cases/person-import.ts';

const read = async (...parts: (Buffer | string)[]): Promise<readonly ImportLine[]> => {
  const lines: ImportLine[] = [];
  for await (const line of readLines(Readable.from(parts))) lines.push(line);
  return lines;
};

test('A-219 only LF ends a line, with CR before it', async () => {
  expect(await read('a\nb\r\nc')).toEqual(['a', 'b', 'c']);
  const inside = 'x\u2028y\u2029z\u0085w\u000bv\u000cu\rt';
  expect(await read(`${inside}\n`)).toEqual([inside]);
  expect(await read('')).toEqual([]);
  expect(await read('\n\n')).toEqual(['', '']);
});

test('A-219 a byte order mark at the beginning is taken, elsewhere it stays', async () => {
  expect(await read('\ufeffa\n\ufeffb')).toEqual(['a', '\ufeffb']);
  expect(await read(Buffer.from([0xef]), Buffer.from([0xbb, 0xbf, 0x61]))).toEqual(['a']);
});

test.each([
  ['Latin-1', Buffer.from('{"username":"müller"}', 'latin1'), 'is not UTF-8 (byte 15 of the line)'],
  ['an overlong form', Buffer.from([0x61, 0xc0, 0xaf]), 'is not UTF-8 (byte 2 of the line)'],
  ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), 'is not UTF-8 (byte 2 of the line)'],
  ['above U+10FFFF', Buffer.from([0xf4, 0x90, 0x80, 0x80]), 'is not UTF-8 (byte 2 of the line)'],
  ['a character that is cut off', Buffer.from([0x61, 0xe2, 0x82]), 'is not UTF-8 (byte 3 of the line)'],
])('A-219 %s is refused with its byte, and the lines around it are read', async (_what, bytes, fault) => {
  expect(await read(Buffer.concat([Buffer.from('a\n'), bytes, Buffer.from('\nb')]))).toEqual(['a', { fault }, 'b']);
});

test.each(['utf16le', 'utf16be'])('A-219 %s is refused as a whole', async (encoding) => {
  const bytes = Buffer.from('\ufeff{"username":"a"}\n{"username":"b"}\n', 'utf16le');
  if (encoding === 'utf16be') bytes.swap16();
  expect(await read(bytes)).toEqual([{ fault: expect.stringContaining('is UTF-16') }]);
});

test('A-219 a line without end is not kept in memory', async () => {
  const part = Buffer.alloc(1_000_000, 0x61);
  expect(await read(part, part, part, part, part, 'b\nc')).toEqual([{ fault: 'is too long' }, 'c']);
});

test('A-219 the lines do not depend on how the bytes are divided', async () => {
  const signs = string({ unit: constantFrom('a', 'é', '\u2028', '😀', '\n', '\r', '"') });
  await assert(
    asyncProperty(signs, array(integer({ min: 1, max: 5 })), async (text, sizes) => {
      const bytes = Buffer.from(text);
      const parts: Buffer[] = [];
      let at = 0;
      for (const size of sizes) {
        parts.push(bytes.subarray(at, at + size));
        at += size;
      }
      parts.push(bytes.subarray(at));
      const whole = text.split('\n').map((line) => line.replace(/\r$/, ''));
      if (text === '' || text.endsWith('\n')) whole.pop();
      expect(await read(...parts)).toEqual(whole);
    }),
  );
});
