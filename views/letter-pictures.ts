/** The drawings of the letter's steps, each 72 × 64 points: an envelope with a button, a paper with a code, a phone. */
export type LetterStep = 'mail' | 'code' | 'key';

type Doc = PDFKit.PDFDocument;

const ink = '#000000';
const soft = '#dddddd';

/** @param x of the left edge, `y` of the upper one (points) */
export function drawStep(doc: Doc, name: LetterStep, x: number, y: number): void {
  doc.save().translate(x, y).lineWidth(1.6).strokeColor(ink).lineJoin('round').lineCap('round');
  draw[name](doc);
  doc.restore();
}

const draw: Readonly<Record<LetterStep, (doc: Doc) => void>> = {
  mail(doc) {
    doc.roundedRect(2, 8, 68, 48, 4).fillAndStroke('#ffffff', ink);
    doc.moveTo(3, 11).lineTo(36, 34).lineTo(69, 11).stroke();
    // The button, and the hand's place on it.
    doc.roundedRect(20, 38, 32, 12, 3).fillAndStroke(soft, ink);
    doc.moveTo(28, 44).lineTo(42, 44).stroke();
    doc.moveTo(38, 41).lineTo(42, 44).lineTo(38, 47).stroke();
  },
  code(doc) {
    doc.rect(4, 2, 36, 46).fillAndStroke('#ffffff', ink);
    doc.moveTo(10, 10).lineTo(30, 10).stroke();
    doc.rect(9, 17, 26, 11).fillAndStroke(soft, ink);
    doc.moveTo(10, 35).lineTo(34, 35).moveTo(10, 41).lineTo(26, 41).stroke();
    // To the keyboard.
    doc.roundedRect(26, 40, 44, 22, 3).fillAndStroke('#ffffff', ink);
    for (const row of [45, 51]) for (const column of [31, 38, 45, 52, 59]) doc.rect(column, row, 4, 3).fill(ink);
    doc.rect(38, 57, 18, 2).fill(ink);
  },
  key(doc) {
    doc.roundedRect(20, 0, 34, 62, 5).fillAndStroke('#ffffff', ink);
    doc.rect(24, 7, 26, 44).fillAndStroke(soft, ink);
    doc.circle(37, 56.5, 2).stroke();
    // Done: a tick.
    doc.lineWidth(3.5).moveTo(29, 29).lineTo(35, 36).lineTo(46, 20).stroke();
  },
};
