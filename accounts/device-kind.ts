/**
 * The kind of device of a browser, from what it says of itself (`User-Agent`): shown to the person beside a key and a
 * session, never a reason for a decision. Three words are all that is kept. ua-parser-js was weighed: it finds models
 * and versions, which we do not want to know.
 */
export type DeviceKind = 'phone' | 'tablet' | 'computer';

/** `undefined`: it does not say. A tablet that asks for the pages of a computer counts as one. */
export function deviceKind(userAgent: string): DeviceKind | undefined {
  if (/iPad|Tablet|Android(?!.*Mobile)/i.test(userAgent)) return 'tablet';
  if (/Mobi|iPhone|iPod/i.test(userAgent)) return 'phone';
  return /Windows NT|Macintosh|X11|Linux|CrOS/i.test(userAgent) ? 'computer' : undefined;
}
