/**
 * The hash chain that makes the audit log tamper-evident: every line has the keyed hash of the one before, so that
 * nobody without the root key can alter, add or rewrite a line, and a removed line is noticed. The sealed head shows
 * whether the end was cut off. Pure.
 */
import { canonicalJson } from '../accounts/account-mac.ts';
import type { AuditEvent } from '../accounts/person.ts';

export interface AuditLine {
  /** 1, 2, 3 … without a gap. */
  readonly seq: number;
  /** Of the pending item: the same item is written only once. */
  readonly id: string;
  /** ms since the epoch; `event.at` says when the event happened. */
  readonly writtenAt: number;
  readonly event: AuditEvent;
  /** Hash of the line before; empty for the first. */
  readonly previous: string;
  /** HMAC-SHA-256 (base64url) over `previous` and the canonical JSON of the rest. */
  readonly hash: string;
}

/** Lines of one write, stored as one document. */
export interface Segment {
  /** 1, 2, 3 … without a gap: the document's id. */
  readonly number: number;
  readonly lines: readonly AuditLine[];
}

/** The end of the chain. */
export interface Head {
  readonly segment: number;
  readonly seq: number;
  readonly hash: string;
}

export const noHead: Head = { segment: 0, seq: 0, hash: '' };

export type Verified =
  | { readonly ok: true; readonly entries: number; readonly head: string }
  | { readonly ok: false; readonly line: number; readonly why: AuditFault };

export const auditFaults = ['altered', 'missing', 'unreadable', 'head_differs', 'cut', 'head_missing'] as const;

/** HMAC with the key of the chain, as base64url. */
export type ChainMac = (text: string) => string;
export type AuditFault = (typeof auditFaults)[number];

function hashOf(
  mac: ChainMac,
  previous: string,
  { seq, id, writtenAt, event }: Omit<AuditLine, 'previous' | 'hash'>,
): string {
  return mac(`${previous}\n${canonicalJson({ seq, id, writtenAt, event })}`);
}

export interface Entry {
  readonly id: string;
  readonly event: AuditEvent;
}

/** The segment that follows `head` and holds `entries`. */
export function nextSegment(mac: ChainMac, head: Head, entries: readonly Entry[], writtenAt: number): Segment {
  let { seq, hash: previous } = head;
  const lines = entries.map(({ id, event }): AuditLine => {
    seq += 1;
    const line = { seq, id, writtenAt, event: JSON.parse(JSON.stringify(event)) as AuditEvent };
    const hash = hashOf(mac, previous, line);
    const chained = { ...line, previous, hash };
    previous = hash;
    return chained;
  });
  return { number: head.segment + 1, lines };
}

export function headAfter(segment: Segment): Head {
  const last = segment.lines.at(-1);
  if (!last) throw new Error(`Segment ${segment.number} of the audit trail is empty.`);
  return { segment: segment.number, seq: last.seq, hash: last.hash };
}

/**
 * Verifies one stored segment after `head`. Reports the first wrong line: a line whose successor is intact, but
 * remembers another hash, was itself rewritten.
 */
export function follow(
  mac: ChainMac,
  head: Head,
  stored: unknown,
): Head | { readonly line: number; readonly why: AuditFault } {
  const { number, lines } = (stored ?? {}) as Partial<Segment>;
  if (typeof number !== 'number' || !Array.isArray(lines) || lines.length === 0)
    return { line: head.seq + 1, why: 'unreadable' };
  if (number !== head.segment + 1) return { line: head.seq + 1, why: 'missing' };
  let { seq, hash: previous } = head;
  for (const line of lines as readonly Partial<AuditLine>[]) {
    const expected = seq + 1;
    if (!isLine(line)) return { line: expected, why: 'unreadable' };
    if (line.seq > expected) return { line: expected, why: 'missing' };
    const whole = line.hash === hashOf(mac, line.previous, line);
    if (line.seq < expected || !whole) return { line: expected, why: 'altered' };
    if (line.previous !== previous) return { line: Math.max(seq, 1), why: 'altered' };
    seq = expected;
    previous = line.hash;
  }
  return { segment: number, seq, hash: previous };
}

function isLine(line: Partial<AuditLine> | null): line is AuditLine {
  return (
    typeof line === 'object' &&
    line !== null &&
    Number.isSafeInteger(line.seq) &&
    [line.id, line.previous, line.hash].every((text) => typeof text === 'string') &&
    typeof line.event === 'object'
  );
}
