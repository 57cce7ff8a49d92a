/**
 * The card as a page to print: A4, cut out along the dashes, folded once, the size of a bank card (ISO/IEC 7810 ID-1).
 * Loaded only when a card is issued: the PDF writer and its fonts are heavy. The fonts are embedded, because the
 * built-in ones print nothing right outside Windows-1252.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { IntlMessageFormat } from 'intl-messageformat';
import Document from 'pdfkit';
import type { Paper, PersonFacts } from '../contract.ts';
import { groupSerial } from './serial.ts';

export interface Card {
  readonly serial: string;
  /** By position, "1" to "48". */
  readonly codes: Readonly<Record<string, string>>;
  readonly person: PersonFacts;
  readonly issuer: string;
  /** Whether a code may be asked for again. */
  readonly reusable: boolean;
  /** ms since the epoch: the document's date, so that the same card gives the same bytes. */
  readonly now: number;
  /** The deployment's words; absent: those of the factor. */
  readonly paper?: Paper | undefined;
}

const font = (name: string): string => createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

type Say = (key: string, values?: Readonly<Record<string, string>>) => string;

const millimetre = 72 / 25.4;
const panel = { width: 85.6 * millimetre, height: 54 * millimetre };
const margin = 19.4 * millimetre;
const top = 95 * millimetre;
const inset = 3 * millimetre;
/** Width of one digit, in font sizes. */
const figureWidth = 0.602;
const ink = '#000000';
const faint = '#eeeeee';

export async function printCard(card: Card): Promise<Uint8Array> {
  const text = card.paper?.text ?? (await textsOf(card.person.language));
  // A hyphen inside a word (e-mail) is no place to break a line.
  const say: Say = (key, values) => text(key, values).replaceAll(/(?<=\p{L})-(?=\p{L})/gu, '\u2011');
  const date = new Date(card.now);
  const doc = new Document({
    size: 'A4',
    margin,
    lang: card.person.language,
    displayTitle: true,
    tagged: true,
    pdfVersion: '1.7',
    info: { Title: say('print.title'), Author: card.issuer, CreationDate: date, ModDate: date },
  });
  const chunks: Uint8Array[] = [];
  const finished = new Promise<void>((resolve, reject) => doc.on('end', resolve).on('error', reject));
  doc.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  doc.registerFont('plain', font('DejaVuSans'));
  doc.registerFont('bold', font('DejaVuSans-Bold'));
  doc.registerFont('figures', font('DejaVuSansMono'));

  const section = (draw: () => void) => doc.addStructure(doc.struct('P', {}, draw));
  section(() => drawLetter(doc, card, say));
  section(() => drawFront(doc, card, say));
  section(() => drawCodes(doc, card, say));
  doc.markContent('Artifact');
  drawCutMarks(doc);
  doc.endMarkedContent();
  doc.end();
  await finished;
  return new Uint8Array(Buffer.concat(chunks));
}

/** The factor's own texts in the person's language. */
async function textsOf(language: string): Promise<Say> {
  const file = new URL(`./locales/${language}.json`, import.meta.url);
  const texts: Readonly<Record<string, string>> = JSON.parse(await readFile(file, 'utf8'));
  return (key, values = {}) =>
    String(new IntlMessageFormat(texts[key] ?? key, language, undefined, { ignoreTag: true }).format(values));
}

function drawLetter(doc: PDFKit.PDFDocument, { issuer, person, reusable, paper }: Card, say: Say): void {
  const wide = { width: 2 * panel.width };
  const oneLine = { ...wide, height: 14, ellipsis: true };
  doc.fillColor(ink).font('bold').fontSize(18).text(say('print.title'), margin, margin, wide);
  doc.font('plain').fontSize(12).moveDown(0.5).text(person.displayName, oneLine).text(issuer, oneLine);
  doc.fontSize(11).moveDown();
  if (paper?.lastDay !== undefined)
    doc
      .font('bold')
      .text(say('print.until', { lastDay: paper.lastDay }), wide)
      .font('plain')
      .moveDown(0.5);
  doc.text(say('print.cut'), wide);
  doc.moveDown(0.5).text(`${say('print.use')} ${say(reusable ? 'print.reusable' : 'print.single-use')}`, wide);
  const below = top + panel.height + 12 * millimetre;
  doc.font('bold').fontSize(13).text(say('print.care.title'), margin, below, wide);
  doc.font('plain').fontSize(11).moveDown(0.3).text(say('print.care'), wide);
  doc.font('bold').fontSize(13).moveDown().text(say('print.lost.title'), wide);
  doc.font('plain').fontSize(11).moveDown(0.3).text(say('print.lost', { issuer }), wide);
  if (paper?.helpDesk === undefined) return;
  doc.font('bold').fontSize(13).moveDown().text(say('print.help'), wide);
  doc.font('plain').fontSize(11).moveDown(0.3);
  for (const line of paper.helpDesk) doc.text(line, oneLine);
}

function drawFront(doc: PDFKit.PDFDocument, { issuer, person, serial, paper }: Card, say: Say): void {
  const x = margin + inset;
  const line = { width: panel.width - 2 * inset, height: 14, ellipsis: true };
  doc
    .font('bold')
    .fontSize(11)
    .text(issuer, x, top + inset, line);
  doc
    .font('plain')
    .fontSize(8.5)
    .text(say('print.card'), x, top + inset + 16, line);
  doc.fontSize(10).text(person.displayName, x, top + inset + 38, line);
  doc.fontSize(8.5).text(say('print.serial', { serial: groupSerial(serial) }), x, top + inset + 54, line);
  if (paper?.lastDay !== undefined) doc.text(say('print.until', { lastDay: paper.lastDay }), x, top + inset + 70, line);
  const lost = { width: line.width, height: 60, ellipsis: true };
  doc.fontSize(7).text(say('print.lost.short', { issuer }), x, top + panel.height - inset - 46, lost);
}

function drawCodes(doc: PDFKit.PDFDocument, { codes, serial }: Card, say: Say): void {
  const entries = Object.entries(codes);
  const columns = entries.length > 24 ? 4 : 3;
  const rows = Math.ceil(entries.length / columns);
  const head = 12;
  const left = margin + panel.width + inset;
  const above = top + inset + head;
  const width = (panel.width - 2 * inset) / columns;
  const height = (panel.height - 2 * inset - head) / rows;
  const longest = Math.max(...entries.map(([, code]) => code.length + 1));
  const size = Math.min(11, height * 0.75, width / (2.4 + figureWidth * longest));
  doc
    .font('plain')
    .fontSize(7)
    .text(say('print.serial', { serial: groupSerial(serial) }), left, top + inset);
  for (let row = 0; row < rows; row += 2)
    doc
      .rect(left, above + row * height, columns * width, height)
      .fill(faint)
      .fillColor(ink);
  entries.forEach(([position, code], index) => {
    const x = left + Math.floor(index / rows) * width;
    const y = above + (index % rows) * height + (height - size * 1.17) / 2;
    const number = { width: size * 1.6, align: 'right', lineBreak: false } as const;
    doc
      .font('bold')
      .fontSize(size * 0.85)
      .text(position, x, y + size * 0.1, number);
    doc
      .font('figures')
      .fontSize(size)
      .text(groupCode(code), x + size * 2.1, y, { lineBreak: false });
  });
}

/** Two halves are easier to read and type; the page accepts spaces. */
const groupCode = (code: string): string => {
  const half = Math.floor(code.length / 2);
  return `${code.slice(0, half)} ${code.slice(half)}`;
};

function drawCutMarks(doc: PDFKit.PDFDocument): void {
  doc.lineWidth(0.7).strokeColor('#555555');
  doc
    .rect(margin, top, 2 * panel.width, panel.height)
    .dash(4, { space: 3 })
    .stroke();
  doc
    .moveTo(margin + panel.width, top)
    .lineTo(margin + panel.width, top + panel.height)
    .dash(1, { space: 3 })
    .stroke();
  doc.undash();
}
