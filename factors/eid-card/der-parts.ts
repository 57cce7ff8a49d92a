/**
 * Walks DER (X.690): the parts of a value, by offset. For lists of revoked certificates alone: asn1js was weighed, and
 * reads at most some thousand entries, in a second. Anything that is not DER throws.
 */
export interface Part {
  readonly tag: number;
  /** Offsets in the bytes: of the tag, of the first byte of the content, behind the last. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

export const tags = { integer: 0x02, octets: 0x04, oid: 0x06, bits: 0x03, boolean: 0x01, sequence: 0x30 } as const;

/** The part at an offset, which must end by `end`. */
export function partAt(bytes: Uint8Array, start: number, end: number): Part {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined || start + 2 > end || (tag & 0x1f) === 0x1f) throw new Error('No DER.');
  let from = start + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4 || from + count > end) throw new Error('No DER.');
    length = 0;
    for (; from < start + 2 + count; from += 1) length = length * 256 + (bytes[from] ?? 0);
    // The shortest form alone (X.690 §10.1).
    if (length < 0x80 || bytes[start + 2] === 0) throw new Error('No DER.');
  }
  if (from + length > end) throw new Error('No DER.');
  return { tag, start, from, to: from + length };
}

/** Each part within a constructed one, to its last byte. */
export function* partsOf(bytes: Uint8Array, { from, to }: Pick<Part, 'from' | 'to'>): Generator<Part> {
  for (let at = from; at < to;) {
    const part = partAt(bytes, at, to);
    yield part;
    at = part.to;
  }
}

/** With its tag and length. */
export const whole = (bytes: Uint8Array, { start, to }: Part): Uint8Array => bytes.subarray(start, to);
export const content = (bytes: Uint8Array, { from, to }: Part): Uint8Array => bytes.subarray(from, to);
