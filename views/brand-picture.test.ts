import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { judgePicture } from './brand-picture.ts';

const svg = (inside: string, attributes = '') =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"${attributes}>${inside}</svg>`);
const faultOf = (bytes: Buffer, most = 32_768) => {
  const judged = judgePicture(bytes, most);
  return 'fault' in judged ? judged.fault : judged.picture.kind;
};

describe('A-621: pictures of a deployment', () => {
  test.each(['favicon.svg', 'logo.svg', 'key.svg'])('our own %s is taken', (name) =>
    expect(faultOf(readFileSync(join(import.meta.dirname, 'public', name)))).toBe('svg'),
  );

  test('shapes, gradients, a style of colours, comments and a declaration are taken', () => {
    const drawing = `<?xml version="1.0" encoding="UTF-8"?>\n<!-- drawn by hand -->\n${String(
      svg(
        '<style>.a{fill:#036}@media (prefers-color-scheme: dark){.a{fill:url(#g)}}</style><defs><linearGradient id="g"><stop offset="0"/></linearGradient></defs><path class="a" d="M0 0h1v1z"/><use href="#g"/><title>A &amp; B</title>',
      ),
    )}`;
    expect(faultOf(Buffer.from(drawing))).toBe('svg');
  });

  test.each([
    ['a script', svg('<script>alert(1)</script>'), /<script>/],
    ['a script at once', svg('', ' onload="alert(1)"'), /script \(onload\)/],
    ['a script in capitals', svg('<path ONCLICK="x()" d=""/>'), /script/],
    ['an animation that sets an address', svg('<a><animate attributeName="href" values="javascript:x"/></a>'), /<a>/],
    ['HTML within', svg('<foreignObject><p>x</p></foreignObject>'), /<foreignObject>/],
    ['a picture from elsewhere', svg('<image href="https://evil.example/x.png"/>'), /<image>/],
    ['shapes from elsewhere', svg('<use href="https://evil.example/x.svg#a"/>'), /outside/],
    ['the same with the older name', svg('<use xlink:href="//evil.example#a"/>'), /outside/],
    ['another base', svg('<use href="#a"/>', ' xml:base="https://evil.example/"'), /outside/],
    ['a style from elsewhere', svg('<style>@import "https://evil.example/x.css";</style>'), /outside/],
    ['a font from elsewhere', svg('<style>@font-face{src:url(https://evil.example/f)}</style>'), /outside/],
    ['a fill from elsewhere', svg('<path fill="url(https://evil.example/#a)" d=""/>'), /outside/],
    ['the same escaped', svg('<path style="fill:u\\72l(https://evil.example)" d=""/>'), /escaped/],
    ['the same in numbers', svg('<path fill="&#117;rl(https://evil.example)" d=""/>'), /number/],
    ['the same in parts', svg('<style>@im<desc/>port "https://evil.example/x.css";</style>'), /read/],
    ['a style in a section', svg('<style><![CDATA[@import "x"]]></style>'), /document type/],
    ['an entity', Buffer.from('<!DOCTYPE svg [<!ENTITY x "y">]><svg viewBox="0 0 1 1"/>'), /document type/],
    [
      'an instruction',
      Buffer.from('<?xml-stylesheet href="https://evil.example"?><svg viewBox="0 0 1 1"/>'),
      /type|instruction/,
    ],
    ['notes of a drawing program', svg('<sodipodi:namedview id="n"/><path d=""/>'), /<sodipodi:namedview>.*plain SVG/],
    ['no end', Buffer.from('<svg viewBox="0 0 1 1"><g></svg>'), /read/],
    ['no size', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /viewBox/],
    ['an attribute without quotes', Buffer.from('<svg viewBox="0 0 1 1" onload=alert(1)></svg>'), /read/],
    ['a page', Buffer.from('<!doctype html><p>x'), /document type/],
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), /neither/],
    ['half a PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /not whole/],
  ])('refused: %s', (_what, bytes, says) => expect(faultOf(bytes)).toMatch(says));

  test('a PNG is taken up to 2048 pixels, and any picture up to its bytes', () => {
    const png = (width: number) => {
      const head = Buffer.from('89504e470d0a1a0a0000000d49484452000000000000000108060000000000000000000000', 'hex');
      head.writeUInt32BE(width, 16);
      return Buffer.concat([head, Buffer.from('0000000049454e44ae426082', 'hex')]);
    };
    expect(faultOf(png(2048))).toBe('png');
    expect(faultOf(png(2049))).toMatch(/2049 × 1/);
    expect(faultOf(png(10), 40)).toMatch(/at most 40/);
  });
});
