/**
 * The letter with an activation code, as a page to print: A4, large type, one page, in the person's language. It has
 * the code and never the link: each of the two alone opens nothing. Loaded only when a letter is printed: the PDF
 * writer and its fonts are heavy. The fonts are embedded, because the built-in ones print nothing right outside
 * Windows-1252.
 */
import { createRequire } from 'node:module';
import Document from 'pdfkit';
import { writeDate } from './dates.ts';
import { drawStep } from './letter-pictures.ts';
import type { HelpDesk, LanguageCode } from './shell.ts';

export interface LetterModel {
  readonly language: LanguageCode;
  readonly displayName: string;
  /** The deployment's own name. */
  readonly product: string;
  /** In groups, as it is to be read. */
  readonly code: string;
  /** First instant (ms) at which the code is no longer valid. */
  readonly until: number;
  /** IANA name. */
  readonly zone: string;
  readonly helpDesk?: HelpDesk;
  /** ms since the epoch: the document's date. */
  readonly now: number;
}

type Say = (key: string, values?: Readonly<Record<string, string>>) => string;
type Doc = PDFKit.PDFDocument;

const font = (name: string): string => createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

const ink = '#000000';
const margin = 56;
/** Width of the text (points): A4 is 595 wide. */
const width = 483;
const body = 14;

/** @param textOf one of the core's texts, in the language of the letter */
export async function printLetter(letter: LetterModel, textOf: Say): Promise<Uint8Array> {
  // A hyphen inside a word (e-mail) is no place to break a line.
  const say: Say = (key, values) => textOf(key, values).replaceAll(/(?<=\p{L})-(?=\p{L})/gu, '\u2011');
  const date = new Date(letter.now);
  const doc = new Document({
    size: 'A4',
    margin,
    lang: letter.language,
    displayTitle: true,
    tagged: true,
    pdfVersion: '1.7',
    info: { Title: say('letter.title'), Author: letter.product, CreationDate: date, ModDate: date },
  });
  const chunks: Uint8Array[] = [];
  const finished = new Promise<void>((resolve, reject) => doc.on('end', resolve).on('error', reject));
  doc.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  doc.registerFont('plain', font('DejaVuSans'));
  doc.registerFont('bold', font('DejaVuSans-Bold'));
  doc.registerFont('code', font('DejaVuSansMono-Bold'));
  const section = (draw: () => void) => doc.addStructure(doc.struct('P', {}, draw));
  section(() => drawHead(doc, letter, say));
  drawFrame(doc);
  section(() => drawCode(doc, letter, say));
  drawSteps(doc, say, section);
  section(() => drawFoot(doc, letter, say));
  doc.end();
  await finished;
  return new Uint8Array(Buffer.concat(chunks));
}

const box = { top: 236, height: 106 };
const stepsTop = 370;
const stepHeight = 84;
const footTop = 668;

function drawHead(doc: Doc, { product, displayName, language, now, zone }: LetterModel, say: Say): void {
  const oneLine = { width, height: 20, ellipsis: true };
  doc.fillColor(ink).font('bold').fontSize(14).text(product, margin, margin, oneLine);
  doc
    .font('plain')
    .fontSize(body)
    .text(writeDate('date', language, now, zone), margin, margin + 24, oneLine);
  doc.text(displayName, margin, margin + 44, oneLine);
  doc
    .font('bold')
    .fontSize(22)
    .text(say('letter.title'), margin, margin + 78, { width });
  doc
    .font('plain')
    .fontSize(body)
    .text(say('letter.lead'), margin, margin + 112, { width });
}

function drawFrame(doc: Doc): void {
  doc.markContent('Artifact');
  doc.lineWidth(1.5).strokeColor(ink).roundedRect(margin, box.top, width, box.height, 6).stroke();
  doc.endMarkedContent();
}

function drawCode(doc: Doc, { code, until, zone, language }: LetterModel, say: Say): void {
  const inside = { width: width - 24, align: 'center' } as const;
  const x = margin + 12;
  doc
    .font('plain')
    .fontSize(body)
    .text(say('letter.code'), x, box.top + 12, inside);
  doc
    .font('code')
    .fontSize(Math.min(34, (width - 24) / (0.603 * code.length)))
    .text(code, x, box.top + 32, { ...inside, lineBreak: false });
  // The last moment at which it counts, not the first at which it does not.
  const lastDay = writeDate('date', language, until - 1, zone);
  doc
    .font('bold')
    .fontSize(body)
    .text(say('letter.until', { lastDay }), x, box.top + 78, inside);
}

function drawSteps(doc: Doc, say: Say, section: (draw: () => void) => void): void {
  section(() => doc.font('bold').fontSize(16).text(say('letter.steps'), margin, stepsTop, { width }));
  for (const [index, name] of (['mail', 'code', 'key'] as const).entries()) {
    const top = stepsTop + 30 + index * stepHeight;
    doc.markContent('Artifact');
    drawStep(doc, name, margin, top);
    doc.endMarkedContent();
    section(() => {
      doc
        .fillColor(ink)
        .font('bold')
        .fontSize(20)
        .text(`${index + 1}`, margin + 86, top + 20, { width: 24 });
      doc
        .font('plain')
        .fontSize(body)
        .text(say(`letter.step.${name}`), margin + 116, top + 8, { width: width - 116 });
    });
  }
}

function drawFoot(doc: Doc, { helpDesk }: LetterModel, say: Say): void {
  doc.fillColor(ink).font('bold').fontSize(body).text(say('letter.care'), margin, footTop, { width });
  doc.font('plain').fontSize(12).moveDown(0.2).text(say('letter.care.text'), { width });
  const whom = [helpDesk?.name ?? say('help_desk'), helpDesk?.telephone?.shown, helpDesk?.hours];
  const line = { width, height: 32, ellipsis: true };
  doc.moveDown(0.5).font('bold').text(say('letter.help'), { width });
  doc.font('plain').text(whom.filter((part) => part !== undefined).join(' · '), line);
}
