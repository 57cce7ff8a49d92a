/**
 * What a failed sending means for the mail: reply codes of RFC 5321 §4.2.1 where there was a reply, the kind of fault otherwise. The cause names
 * the kind alone; the server's words may quote the address and stay here.
 */
import type { MailOutcome } from '../port.ts';

interface Fault {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly originalCode?: unknown;
}

/** Replies about the connection or the service, whatever the mail (RFC 5321 §4.2.2: 421 service not available). */
const ofTheService = new Set([421, 454]);
/** Codes of faults that come before any mail is looked at. */
const ofTheConnection = new Set([
  'EAUTH',
  'ECONNECTION',
  'EDNS',
  'ENOAUTH',
  'EPROTOCOL',
  'EPROXY',
  'ESOCKET',
  'ETIMEDOUT',
  'ETLS',
]);

export function outcomeOf(error: unknown, about: { readonly read: boolean; readonly late: boolean }): MailOutcome {
  const { code, responseCode, originalCode }: Fault = typeof error === 'object' && error !== null ? error : {};
  const kind = typeof code === 'string' ? code : 'EUNKNOWN';
  if (about.late) return { kind: 'retry', cause: 'no answer in time', server: true, unsure: about.read };
  if (kind === 'EENVELOPE' || kind === 'EMESSAGE') {
    // Without a reply the address or the text was refused on this side already.
    if (typeof responseCode !== 'number') return { kind: 'refused', cause: kind };
    const cause = `${kind} ${responseCode}`;
    // 503: the session was in another state than thought; the mail itself was not judged.
    if (responseCode >= 500 && responseCode !== 503) return { kind: 'refused', cause };
    return { kind: 'retry', cause, server: ofTheService.has(responseCode) };
  }
  const detail = typeof responseCode === 'number' ? responseCode : originalCode;
  const cause = typeof detail === 'number' || typeof detail === 'string' ? `${kind} ${detail}` : kind;
  return { kind: 'retry', cause, server: ofTheConnection.has(kind), unsure: about.read };
}
