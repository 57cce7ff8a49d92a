/**
 * Reads a mail address conservatively, more narrowly than RFC 5321 §4.1.2 on purpose: it refuses an address that a mail
 * program might read as two addresses, a route or a command, because a code sent there opens an account.
 */
import { domainToASCII } from 'node:url';

/** RFC 5321 §4.5.3.1.3: a path has at most 256 octets with its angle brackets. */
const longest = 254;
const longestLocal = 64;
/**
 * atext (RFC 5322 §3.2.3) without the characters of old routes (`!`, `%`), pipes and back-quotes; no leading hyphen,
 * which a command line would read as an option.
 */
const local = /^(?!-)[A-Za-z0-9#$&'*+/=?^_{}~-]+(?:\.[A-Za-z0-9#$&'*+/=?^_{}~-]+)*$/;
const written = /^[\p{L}\p{N}\p{M}.-]+$/u;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Returns the address in the form that we store (domain in lower case and as A-labels, RFC 5890), or `undefined` if it
 * is not one plain address. Surrounding spaces are removed; control characters, lists, display names, comments, quotes
 * and address literals are refused.
 */
export function mailAddress(given: unknown): string | undefined {
  if (typeof given !== 'string' || given.length > 4 * longest) return undefined;
  const text = given.replaceAll(/^ +| +$/g, '');
  const at = text.lastIndexOf('@');
  if (at < 1) return undefined;
  const mailbox = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (mailbox.length > longestLocal || !local.test(mailbox) || !written.test(domain)) return undefined;
  const host = domainToASCII(domain.normalize('NFC'));
  const labels = host.split('.');
  if (labels.length < 2 || !labels.every((one) => label.test(one)) || /^\d+$/.test(labels.at(-1) ?? ''))
    return undefined;
  const address = `${mailbox}@${host}`;
  return address.length <= longest ? address : undefined;
}

export { maskAddress, readableAddress } from '../factors/kit/mail-domain.ts';
