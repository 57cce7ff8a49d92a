/**
 * Types of values that occur in several places. `expects` says what is expected: mistakes and the reference quote it.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

export const languages = ['nl', 'fr', 'de', 'en'] as const;

export const text = (expects = 'a text') => z.string().trim().min(1).max(2048).meta({ expects });

/** A path; relative ones start from the folder of the configuration file. */
export const path = () => text('a path').meta({ expects: 'a path', path: true });

/** A text that must never be shown; it can also come from a file (`…File`) or the environment. */
export const secret = (expects = 'a secret') =>
  z.string().min(1).max(16_384).superRefine(oneLine(expects, /\p{C}/u)).meta({ expects, secret: true });

/**
 * RFC 6749 appendix A.2: visible ASCII and space. With any other character the two sides could disagree about its
 * bytes.
 */
export const clientSecret = (expects: string) =>
  z
    .string()
    .min(16)
    .max(16_384)
    .superRefine(oneLine(`${expects}, of visible ASCII characters and spaces`, /[^\x20-\x7e]/u))
    .meta({ expects, secret: true });

/**
 * Certificates or a key: lines of text (RFC 7468); they can also come from a file. pem-checks.ts checks the content.
 */
export const pem = (expects: string) => z.string().min(1).max(65_536).meta({ expects, fromFile: true });

/** Reports the first forbidden character and its place, never the text around it. */
function oneLine(expects: string, forbidden: RegExp) {
  return (written: string, ctx: z.RefinementCtx): void => {
    const signs = Array.from(written);
    const at = signs.findIndex((sign) => forbidden.test(sign));
    const sign = signs[at];
    if (sign === undefined) return;
    const code = `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
    const name = /[\r\n]/.test(sign) ? 'a line break' : sign === '\t' ? 'a tab' : 'a sign that may not stand there';
    ctx.addIssue({ code: 'custom', message: `${expects}: character ${at + 1} is ${name} (${code})` });
  };
}

/** 32 bytes or more, as hexadecimal, base64 or base64url. */
export function keyBytes(written: string): Uint8Array | undefined {
  const form = /^[0-9a-f]+$/i.test(written) ? 'hex' : 'base64url';
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(written)) return undefined;
  const bytes = Buffer.from(written.replaceAll('+', '-').replaceAll('/', '_'), form);
  return bytes.length >= 32 ? bytes : undefined;
}

export const count = (min: number, max: number) => z.number().int().min(min).max(max);

export const port = () => count(1, 65_535).meta({ expects: 'a port, 1 to 65535' });

/**
 * A network (CIDR) in a form that everybody reads in the same way: some read 010.0.0.0 and 10.1 as other addresses.
 * IPv4 written as IPv6 must be within the mapped range.
 */
function isNetwork(written: string): boolean {
  const [address = ''] = written.split('/');
  if (isIP(address) === 0 || address.includes('%') || !ipaddr.isValidCIDR(written)) return false;
  const [network, bits] = ipaddr.parseCIDR(written);
  return !(network instanceof ipaddr.IPv6) || !network.isIPv4MappedAddress() || bits >= 96;
}

/** Networks of proxies, or the number of proxies. */
export const proxies = () =>
  z
    .union([z.boolean(), count(1, 10), z.array(z.string().refine(isNetwork)).min(1)])
    .meta({ expects: 'true, false, a whole number from 1 to 10, or networks such as 10.0.0.0/8' });

export const texts = () =>
  z
    .union([z.string().min(1), z.strictObject(Object.fromEntries(languages.map((code) => [code, z.string().min(1)])))])
    .meta({ expects: `a text, or one for each of ${languages.join(', ')}` });

const dayForm = /^\d{4}-\d{2}-\d{2}$/;
const relativeForm = /^in \d{1,4} days?$/;
export const isRelativeDay = (written: string): boolean => relativeForm.test(written);

function isDay(written: string): boolean {
  // The same range as in time/calendar.ts, which nothing here may import.
  if (!dayForm.test(written) || written < '1000-01-01' || written > '9999-11-30') return false;
  const instant = new Date(`${written}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(written);
}

export const day = () =>
  z
    .string()
    .refine((written) => isDay(written) || isRelativeDay(written))
    .meta({ expects: 'a day, YYYY-MM-DD (in a demo also "in N days")' });

export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const zone = () =>
  z.string().refine(isZone).meta({ expects: 'the name of a time zone, such as Europe/Brussels', among: 'zones' });

/** 24 hours, as a clock shows it. */
export const timeOfDay = () =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .meta({ expects: 'a time of day in quotes, such as "20:00"' });

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '127.0.0.1' || host === '[::1]' || host.endsWith('.localhost');

function urlOf(written: string): URL | undefined {
  return URL.canParse(written) ? new URL(written) : undefined;
}

/** OpenID Connect Discovery 1.0 §3: https, no query, no fragment; plain http only on one machine. */
function isIssuer(written: string): boolean {
  const url = urlOf(written);
  if (!url || url.username !== '' || url.search !== '' || url.hash !== '' || /[?#]/.test(written)) return false;
  return (
    written === url.origin && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
  );
}

export const issuer = () =>
  z.string().refine(isIssuer).meta({
    expects: 'an origin without path or final slash: https://…, or http://localhost:… for a machine of one’s own',
  });

const isWebUrl = (written: string): boolean => /^https?:$/.test(urlOf(written)?.protocol ?? '');

export const webUrl = () => z.string().refine(isWebUrl).meta({ expects: 'an address, https://…' });

/** An address, or one for each language. */
export const webUrls = () =>
  z
    .union([webUrl(), z.strictObject(Object.fromEntries(languages.map((code) => [code, webUrl()])))])
    .meta({ expects: `an address, https://…, or one for each of ${languages.join(', ')}` });

export const origin = () =>
  z
    .string()
    .refine((written) => isWebUrl(written) && urlOf(written)?.origin === written)
    .meta({ expects: 'an origin, https://host, without a path' });

/**
 * RFC 6749 §3.1.2: absolute, without a fragment; compared character by character, so no wildcards. Schemes of
 * applications on devices pass here: `client-checks.ts` knows the kind of client.
 */
function isRedirectUri(written: string): boolean {
  const url = urlOf(written);
  if (!url || /[#*\s\\]/.test(written) || url.username !== '' || url.password !== '') return false;
  return isWebUrl(written) || (url.protocol.includes('.') && /^[a-z][a-z0-9+.-]*:\/[^/]?/.test(written));
}

export const redirectUri = () =>
  z.string().refine(isRedirectUri).meta({ expects: 'an absolute address, https://…, without # and *' });

/** An address to which a parameter is added. */
export const startUrl = () =>
  z
    .string()
    .refine((written) => isWebUrl(written) && !written.includes('#'))
    .meta({ expects: 'an address, https://…, without #' });

export const identifier = (expects: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$/)
    .meta({ expects });

/** RFC 6749 §2.2 leaves it open; addresses occur (`https://app.example/`), names with a realm, and `@`. */
export const clientIdentifier = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._~:/@-]{0,199}$/)
    .meta({ expects: 'an id: letters, digits, . _ ~ : / @ -' });
