/**
 * The words of a PDF as a reader gets them: glyphs through the embedded fonts' ToUnicode maps (ISO 32000-1 §9.10).
 * Enough for documents that we print ourselves, one font object per name; throws when a glyph means nothing.
 */
import { inflateSync } from 'node:zlib';

export function pdfText(bytes: Uint8Array): string {
  const objects = readObjects(Buffer.from(bytes));
  const fonts = readFonts(objects);
  const pages = [...objects.values()].filter((object) => /\bBT\b/.test(object.stream));
  return pages.map(({ stream }) => readPage(stream, fonts)).join('\n');
}

interface PdfObject {
  readonly head: string;
  readonly stream: string;
}

function readObjects(file: Buffer): ReadonlyMap<number, PdfObject> {
  const text = file.toString('latin1');
  const objects = new Map<number, PdfObject>();
  for (const found of text.matchAll(/(\d+) 0 obj\n([\s\S]*?)endobj/g)) {
    const [, number, body = ''] = found;
    const start = body.indexOf('stream\n');
    const head = start < 0 ? body : body.slice(0, start);
    const end = body.lastIndexOf('\nendstream');
    const raw = start < 0 ? Buffer.alloc(0) : Buffer.from(body.slice(start + 7, end), 'latin1');
    const stream = head.includes('/FlateDecode') ? inflateSync(raw) : raw;
    objects.set(Number(number), { head, stream: stream.toString('latin1') });
  }
  return objects;
}

type GlyphNames = ReadonlyMap<string, string>;

function readFonts(objects: ReadonlyMap<number, PdfObject>): ReadonlyMap<string, GlyphNames> {
  const fonts = new Map<string, GlyphNames>();
  for (const { head } of objects.values())
    for (const [, name = '', number] of head.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const map = /\/ToUnicode (\d+) 0 R/.exec(objects.get(Number(number))?.head ?? '')?.[1];
      if (map !== undefined) fonts.set(name, readMap(objects.get(Number(map))?.stream ?? ''));
    }
  return fonts;
}

/** `beginbfrange <from> <to> [<unicode> …]`, and single characters. */
function readMap(source: string): GlyphNames {
  const names = new Map<string, string>();
  for (const [, from = '', , list = ''] of source.matchAll(/<([0-9a-f]{4})> <([0-9a-f]{4})> \[([^\]]*)\]/gi))
    for (const [index, hex] of (list.match(/<[^>]*>/g) ?? []).entries())
      names.set(glyph(Number.parseInt(from, 16) + index), fromUtf16(hex.replaceAll(/[<> ]/g, '')));
  return names;
}

function readPage(stream: string, fonts: ReadonlyMap<string, GlyphNames>): string {
  let font: GlyphNames | undefined;
  const lines: string[] = [];
  for (const [, name, array] of stream.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
    if (name !== undefined) font = fonts.get(name);
    const glyphs = (array?.match(/<[0-9a-f]+>/gi) ?? []).join('').replaceAll(/[<>]/g, '').match(/.{4}/g) ?? [];
    const words = glyphs.map((id) => {
      const known = font?.get(id.toLowerCase());
      if (known === undefined || id === '0000') throw new Error(`The glyph ${id} means nothing.`);
      return known;
    });
    if (array !== undefined) lines.push(words.join(''));
  }
  return lines.join('\n');
}

const glyph = (id: number): string => id.toString(16).padStart(4, '0');
const fromUtf16 = (hex: string): string => Buffer.from(hex, 'hex').swap16().toString('utf16le');
