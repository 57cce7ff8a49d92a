/**
 * Classifies a failed sending; called by `smtp-sender.ts`. Only a reply to RCPT TO and to the end of the text can judge
 * the recipient, and only if it is not about us: every refusal of the greeting, EHLO, AUTH or MAIL FROM, and every
 * refusal of the sender, is a fault of this service. The cause has the command and the codes only, because the server's
 * text may quote the address.
 */
import type { MailOutcome } from '../port.ts';

interface Fault {
  readonly code?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
  readonly responseCode?: unknown;
  readonly originalCode?: unknown;
}

/** Codes of faults that occur before any mail is sent. */
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
/**
 * Replies about the connection or the service, whatever the mail (RFC 5321 §4.2.2: 421 service not available; RFC 4954
 * §6: 454).
 */
const ofTheService = new Set([421, 454]);
/**
 * Replies that are never about a recipient: command or argument not understood, out of order (RFC 5321 §4.2.2: 500 to
 * 504), the host takes no mail (521, RFC 7504), authentication or encryption wanted (530, 534, 535, 538, RFC 4954 §6),
 * sender not known here (555: parameters of MAIL FROM).
 */
const ofTheSender = new Set([500, 501, 502, 503, 504, 521, 530, 534, 535, 538, 555]);
/**
 * The same in enhanced codes (RFC 3463 §3): bad address of the sender (x.1.7, x.1.8), the system takes no mail (x.3.2),
 * command or argument not understood (x.5.1 to x.5.5), authentication (x.7.3, x.7.8, x.7.9, RFC 4954 §6), and the "send
 * as" denials of a large mail host (x.7.60).
 */
const detailsOfTheSender = /^[45]\.(?:1\.[78]|3\.2|5\.[1-5]|7\.(?:3|8|9|57|60|61))$/;
/**
 * Security or policy (RFC 3463 §3.8): the sender is not permitted or not trusted. Rarely about one mailbox, so never a
 * permanent refusal.
 */
const detailsOfPolicy = /^[45]\.7\.\d+$/;
/** An invalid or unknown address: about the recipient, whatever the reply code says (Postfix: 501 5.1.3). */
const detailsOfTheRecipient = /^5\.1\.(?:[0-6]|1\d)$/;

export type Stage = 'before the recipient' | 'recipient' | 'end of the text';

/** The command that failed. */
function stageOf(code: string, command: unknown): Stage {
  if (code === 'EENVELOPE' && command === 'RCPT TO') return 'recipient';
  return code === 'EMESSAGE' && command === 'DATA' ? 'end of the text' : 'before the recipient';
}

/** The enhanced status code after the reply code (RFC 2034 §4); `undefined`: none. */
const detailOf = (response: unknown): string | undefined =>
  typeof response === 'string' ? /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/.exec(response)?.[1] : undefined;

/** @param reply reply code, and the enhanced one if there is one */
export function judgeReply(
  stage: Stage,
  reply: { readonly code: number; readonly detail?: string | undefined },
): Judged {
  const { code, detail = '' } = reply;
  if (stage === 'before the recipient') return { kind: 'retry', ours: true, server: true };
  if (code >= 500 && detailsOfTheRecipient.test(detail) && code !== 530) return { kind: 'refused' };
  if (ofTheSender.has(code) || detailsOfTheSender.test(detail)) return { kind: 'retry', ours: true, server: true };
  if (code >= 500)
    return detailsOfPolicy.test(detail) ? { kind: 'retry', ours: true, server: false } : { kind: 'refused' };
  return { kind: 'retry', ours: ofTheService.has(code), server: ofTheService.has(code) };
}
type Judged =
  | { readonly kind: 'refused' }
  /** `ours`: the recipient was not judged. `server`: other mails would fail too. */
  | { readonly kind: 'retry'; readonly ours: boolean; readonly server: boolean };

export function outcomeOf(error: unknown, about: { readonly read: boolean; readonly late: boolean }): MailOutcome {
  const { code, command, response, responseCode, originalCode }: Fault =
    typeof error === 'object' && error !== null ? error : {};
  const kind = typeof code === 'string' ? code : 'EUNKNOWN';
  if (about.late) return { kind: 'retry', cause: 'no answer in time', server: true, unsure: about.read };
  if (typeof responseCode === 'number') {
    const stage = stageOf(kind, command);
    const detail = detailOf(response);
    const place = stage === 'end of the text' ? 'end of DATA' : typeof command === 'string' ? command : kind;
    const cause = [place === 'CONN' ? 'greeting' : place, responseCode, detail].filter(Boolean).join(' ');
    const judged = judgeReply(stage, { code: responseCode, detail });
    if (judged.kind === 'refused') return { kind: 'refused', cause };
    const unsure = about.read && ofTheConnection.has(kind);
    return {
      kind: 'retry',
      cause,
      server: judged.server,
      ...(judged.ours && { ours: true }),
      ...(unsure && { unsure }),
    };
  }
  // Without a reply this side refused the sender or the text; an invalid address never gets so far.
  if (kind === 'EENVELOPE' || kind === 'EMESSAGE') return { kind: 'retry', cause: kind, server: false, ours: true };
  const cause = typeof originalCode === 'string' ? `${kind} ${originalCode}` : kind;
  return { kind: 'retry', cause, server: ofTheConnection.has(kind), unsure: about.read };
}
