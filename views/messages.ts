/** Writes mails and text messages. */
import type { AccentPalette } from './accent-colour.ts';
import { breakable, writeDate, zoneName } from './dates.ts';
import { CORE, type Texts } from './i18n.ts';
import type { LanguageCode } from './models.ts';
import type { Templates } from './templates.ts';

export type MessageData = Readonly<Record<string, string | number>>;

export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MessageRequest {
  /** `core`, or the id of the factor whose locales hold the text. */
  readonly source: string;
  readonly template: string;
  readonly language: LanguageCode;
  readonly data: MessageData;
  /** Says first that it is about nobody. */
  readonly isPreview?: boolean;
}

/** A mail in its two layouts: plain text, and sober HTML that says the same. */
export function writeMessage(
  texts: Texts,
  templates: Templates,
  request: MessageRequest,
  letterhead: Letterhead,
): Message {
  const { source, language, template, isPreview = false } = request;
  const data = complete(texts, request, letterhead);
  const prefix = source === CORE ? `mail.${template}` : `message.${template}`;
  const title = oneLine(texts.text(source, language, `${prefix}.subject`, data));
  const subject = isPreview ? texts.text(CORE, language, 'mail.preview_subject', { subject: title }) : title;
  const mark = isPreview ? `${texts.text(CORE, language, 'mail.preview_note')}\n\n` : '';
  const body = mark + texts.text(source, language, `${prefix}.text`, data);
  const code = typeof data['code'] === 'string' ? data['code'] : undefined;
  const given = typeof data['link'] === 'string' ? URL.parse(data['link']) : null;
  const link = given && body.includes(given.href) ? given : undefined;
  const paragraphs = body.split(/\n{2,}/).map((paragraph) => pieces(paragraph.trim(), code, link?.href));
  const context = {
    language,
    subject,
    body,
    paragraphs,
    product: data['product'],
    linkHost: link?.host,
    palette: letterhead.palette,
    linksBeside: letterhead.linksBeside === true,
  };
  return {
    subject,
    text: `${templates.layouts['mail-text']?.(context)}\n`,
    html: `${templates.layouts['mail']?.(context)}\n`,
  };
}

/** A text message: no layout; line breaks only where the text has them (the last line may be for the telephone). */
export function writeSms(texts: Texts, request: MessageRequest, letterhead: Letterhead): string {
  const prefix = request.source === CORE ? 'sms.' : 'message.';
  const data = complete(texts, request, letterhead);
  const values = Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, typeof value === 'string' ? oneLine(value) : value]),
  );
  const text = texts.text(request.source, request.language, `${prefix}${request.template}.text`, values);
  return text.split('\n').map(oneLine).join('\n').trim();
}

/** Values that all messages of this deployment share. */
export interface Letterhead {
  readonly products: Readonly<Partial<Record<LanguageCode, string>>>;
  /** IANA name. */
  readonly zone: string;
  readonly palette: AccentPalette;
  /** Another mail of this deployment has a link. */
  readonly linksBeside?: boolean;
}

/**
 * Adds values that depend on the language, which the caller does not know: `product`; `keyName` if `factor` (and the
 * person's own `label`) is given; `when` for `at` (ms) and `untilMoment` for `until`, with the name of the zone;
 * `lastDay` before `sunsetAt` (ms) and `formerDay` before `formerSunsetAt`, and `zoneName`; in `zone` or otherwise the
 * letterhead's.
 */
function complete(texts: Texts, { language, data }: MessageRequest, letterhead: Letterhead): MessageData {
  const { factor, label, at, until, sunsetAt, formerSunsetAt, zone = letterhead.zone } = data;
  const name = zoneName(language, String(zone));
  const moment = (instant: number): string => {
    const written = breakable(writeDate('moment', language, instant, String(zone)));
    return written.endsWith(name) ? written : `${written} (${name})`;
  };
  const lastDay = (end: number) => breakable(writeDate('date', language, end - 1, String(zone)));
  return {
    product: letterhead.products[language] ?? 'Rekey',
    ...(typeof factor === 'string' && { keyName: keyName(texts, language, factor, label) }),
    ...(typeof at === 'number' && { when: moment(at) }),
    ...(typeof until === 'number' && { untilMoment: moment(until) }),
    ...(typeof sunsetAt === 'number' && { lastDay: lastDay(sunsetAt) }),
    ...(typeof formerSunsetAt === 'number' && { formerDay: lastDay(formerSunsetAt) }),
    zoneName: name,
    ...data,
  };
}

function keyName(texts: Texts, language: LanguageCode, factor: string, label?: string | number): string {
  const kind = texts.hasSource(factor)
    ? texts.text(factor, language, 'name')
    : texts.text(CORE, language, 'key.unknown');
  return label === undefined ? kind : `${kind}: ${label}`;
}

const oneLine = (text: string): string => text.replace(/[\t\n\v\f\r \u0085\u2028\u2029]+/g, ' ').trim();

interface Piece {
  readonly text: string;
  readonly strong?: boolean;
  /** The piece is a button that leads there. */
  readonly href?: string;
  /** The piece is that address, for those who copy it. */
  readonly address?: true;
}

/** A paragraph that ends with the link is a button of its words, with the address below it. */
function pieces(paragraph: string, code: string | undefined, link: string | undefined): readonly Piece[] {
  if (link === undefined || !paragraph.endsWith(link)) return emphasize(paragraph, code);
  const words = paragraph.slice(0, -link.length).trim();
  return [
    { text: words, href: link },
    { text: link, address: true },
  ];
}

/** The paragraph in pieces, so that the code can be emphasised. */
function emphasize(paragraph: string, code: string | undefined): { text: string; strong: boolean }[] {
  const pieces = code === undefined || code === '' ? [paragraph] : paragraph.split(code);
  return pieces
    .flatMap((text, index) => [
      ...(index > 0 && code !== undefined ? [{ text: code, strong: true }] : []),
      { text, strong: false },
    ])
    .filter((piece) => piece.text !== '');
}
