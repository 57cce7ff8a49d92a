/**
 * Writes a mail address for people: the mailbox masked, an international domain in its own letters (`münchen.example`)
 * if nobody can mistake it for another. Pages, notices and the e-mail factor use it; the stored address has A-labels
 * (RFC 5890).
 */
import { domainToASCII, domainToUnicode } from 'node:url';

/** Scripts in everyday use (UAX #31, table 5). */
const scripts =
  'Arabic Armenian Bengali Bopomofo Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hebrew Hiragana Kannada Katakana Khmer Lao Latin Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan'.split(
    ' ',
  );
/** The scripts of one label: one script, or scripts that are used together (UTS #39, "highly restrictive"). */
const writings = [
  ...scripts.map((script) => [script]),
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
].map((together) => new RegExp(`^[0-9-${together.map((script) => `\\p{scx=${script}}`).join('')}]+$`, 'u'));
/** Small letters of other scripts that look like Latin ones: a label of these alone is a disguise. */
const disguise = /^[0-9-асԁеһіјӏорԛѕԝхуъьҽпгѵѡвнкмтαοικνρτυχωε]+$/u;
/** Latin letters that look like others: dotless i, script g and a, and the letters of click sounds. */
const drawnAlike = /[ıɑɡǀǃꞌ]/u;

/**
 * The domain in its own letters, or unchanged if a label mixes scripts or looks like another. @param domain as A-labels
 */
export function readableDomain(domain: string): string {
  return domain.split('.').map(readableLabel).join('.');
}

function readableLabel(label: string): string {
  if (!label.toLowerCase().startsWith('xn--')) return label;
  const letters = domainToUnicode(label);
  const isPlain =
    writings.some((writing) => writing.test(letters)) && !disguise.test(letters) && !drawnAlike.test(letters);
  return isPlain && domainToASCII(letters) === label.toLowerCase() ? letters : label;
}

/** The whole address, its domain readable. */
export function readableAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? address : `${address.slice(0, at)}@${readableDomain(address.slice(at + 1))}`;
}

/** Enough to recognise one's own address, too little to learn one: first character and domain. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '…' : `${address.slice(0, 1)}…@${readableDomain(address.slice(at + 1))}`;
}
