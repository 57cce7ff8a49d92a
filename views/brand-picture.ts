/**
 * Judges the logo and the icon of a deployment: SVG of shapes and colours alone, or PNG, of a bounded size. Called where
 * the configuration is checked. DOMPurify was weighed: it repairs and needs a DOM; here a picture is taken or refused.
 */

export type PictureKind = 'svg' | 'png';
export interface Picture {
  readonly kind: PictureKind;
  readonly bytes: Buffer;
}
export type JudgedPicture = { readonly picture: Picture } | { readonly fault: string };

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const widest = 2048;

/** @param most bytes @returns the picture, or what is wrong with it, as the end of a sentence: "is …" */
export function judgePicture(bytes: Buffer, most: number): JudgedPicture {
  if (bytes.length > most) return { fault: `is of ${bytes.length} bytes: expected at most ${most}` };
  const isPng = bytes.subarray(0, 8).equals(signature);
  const fault = isPng ? pngFault(bytes) : svgFault(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  return fault === undefined ? { picture: { kind: isPng ? 'png' : 'svg', bytes } } : { fault };
}

/** PNG (third edition) §5: IHDR first, IEND last. */
function pngFault(bytes: Buffer): string | undefined {
  if (
    bytes.length < 45 ||
    bytes.toString('latin1', 12, 16) !== 'IHDR' ||
    bytes.subarray(-8, -4).toString('latin1') !== 'IEND'
  )
    return 'is a PNG that is not whole';
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return width > 0 && height > 0 && width <= widest && height <= widest
    ? undefined
    : `is a PNG of ${width} × ${height}: expected at most ${widest} × ${widest}`;
}

const shapes = new Set(
  (
    'svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan style ' +
    'linearGradient radialGradient stop clipPath mask pattern'
  ).split(' '),
);
const tag = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const attribute = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const words = /[^<]+/y;

/** Everything in the file must be understood: what is not is refused. */
function svgFault(text: string): string | undefined {
  const drawing = text.replace(/^\s*<\?xml\s[^?<>]*\?>/, '').replaceAll(/<!--[\s\S]*?-->/g, '');
  if (/<!|<\?/.test(drawing)) return 'has a document type or an instruction, which a picture needs not';
  if (!/^\s*<svg[\s>]/.test(drawing)) return 'is neither SVG nor PNG';
  const open: string[] = [];
  let at = 0;
  while (at < drawing.length) {
    tag.lastIndex = at;
    words.lastIndex = at;
    const found = tag.exec(drawing);
    const said = found ? undefined : words.exec(drawing);
    if (!found && !said) return 'is SVG that cannot be read';
    const fault = found ? elementFault(found, open) : open.at(-1) === 'style' ? styleFault(said?.[0] ?? '') : undefined;
    if (fault !== undefined) return fault;
    at = found ? tag.lastIndex : words.lastIndex;
  }
  return open.length === 0 ? undefined : 'is SVG that does not end';
}

function elementFault(found: RegExpExecArray, open: string[]): string | undefined {
  const [, closes = '', name = '', attributes = '', alone = ''] = found;
  if (closes !== '') return open.pop() === name ? undefined : 'is SVG that cannot be read';
  // Browsers read a style without the elements in it, so that a word could be written in parts.
  if (open.at(-1) === 'style') return 'is SVG that cannot be read';
  if (!shapes.has(name)) return `has an element <${name}>: expected shapes, colours and text alone${ofProgram(name)}`;
  if (open.length === 0 && !/\sviewBox\s*=/.test(attributes)) return 'is SVG without `viewBox`, so it has no size';
  if (alone === '') open.push(name);
  for (const [, key = '', double, single] of attributes.matchAll(attribute)) {
    const value = double ?? single ?? '';
    if (/^on/i.test(key)) return `has a script (${key})`;
    if (/href$/i.test(key) && !value.startsWith('#')) return `refers to something outside of itself (${key})`;
    if (key === 'xml:base') return 'refers to something outside of itself (xml:base)';
    // Written in another way, a word could say something else than what is judged here.
    if (/&#/.test(value)) return `has a character in an attribute that is written as a number (${key})`;
    const fault = styleFault(value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Drawing programs keep notes of their own in what they save, under names with a prefix. */
const ofProgram = (name: string): string =>
  name.includes(':') || name === 'metadata' ? '; drawing programs leave it out of a “plain SVG”' : '';

function styleFault(style: string): string | undefined {
  if (/\\|&#/.test(style)) return 'has a style with escaped characters';
  if (/@import|(?:image|image-set|src)\s*\(/i.test(style) || /url\(\s*(?!["']?#)/i.test(style))
    return 'refers to something outside of itself (in a style)';
  return /javascript:|expression\s*\(/i.test(style) ? 'has a script (in a style)' : undefined;
}
