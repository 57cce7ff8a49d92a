/**
 * Reads all that is kept of the audit log and checks it against the sealed head, its witness and a line noted
 * elsewhere; `audit-log.ts` calls it.
 */
import { allPages } from '../adapters/storage/all-pages.ts';
import type { Collection } from '../adapters/storage/port.ts';
import { follow, noHead, type ChainMac, type Head, type Segment, type Verified } from './hash-chain.ts';
import type { KnownHead, SealedHeadStore } from './sealed-head.ts';

export interface VerifyParts {
  readonly segments: Pick<Collection<Segment>, 'page'>;
  readonly sealed: Pick<SealedHeadStore, 'read' | 'witnessed'>;
  readonly mac: ChainMac;
  /** The document's id of a segment. */
  readonly startId: (segment: number) => string;
}

interface Noted {
  readonly line: number;
  readonly hash: string;
}

const pageSize = 100;

export async function verifyLog(parts: VerifyParts, noted?: Noted): Promise<Verified> {
  for (;;) {
    const before = await parts.sealed.read();
    const verified = await verifyOnce(parts, before, noted);
    // What was dropped by age during the reading is not missing.
    if (verified.ok || startOf(before).seq === startOf(await parts.sealed.read()).seq) return verified;
  }
}

type Read = KnownHead | 'unreadable' | undefined;
const startOf = (known: Read): Head => (known === undefined || known === 'unreadable' ? noHead : known.before);

async function verifyOnce(
  { segments, sealed, mac, startId }: VerifyParts,
  known: Read,
  noted: Noted | undefined,
): Promise<Verified> {
  const start = startOf(known);
  const expected = new Map<number, string>();
  const heads = [known === 'unreadable' ? undefined : known, await sealed.witnessed()];
  const accepted = Math.max(...heads.map((head) => head?.accepted ?? 0));
  for (const head of heads)
    if (head?.accepted === accepted && head.last.seq > start.seq) expected.set(head.last.seq, head.last.hash);
  let at = start;
  let isNotedThere = noted === undefined;
  const after = start.segment === 0 ? undefined : startId(start.segment);
  for await (const items of allPages(segments, pageSize, after)) {
    if (heads[0] === undefined && items.length > 0) return { ok: false, line: 1, why: 'head_missing' };
    for (const { value } of items) {
      const followed = follow(mac, at, value);
      if ('why' in followed) return { ok: false, ...followed };
      at = followed;
      for (const { seq, hash } of value.lines) {
        if (expected.has(seq) && expected.get(seq) !== hash) return { ok: false, line: seq, why: 'altered' };
        if (noted && seq === noted.line && hash === noted.hash) isNotedThere = true;
      }
    }
  }
  if ([...expected.keys()].some((seq) => seq > at.seq)) return { ok: false, line: at.seq + 1, why: 'cut' };
  if (!isNotedThere && noted) return { ok: false, line: Math.min(noted.line, at.seq + 1), why: 'head_differs' };
  return { ok: true, entries: at.seq - start.seq, head: at.hash };
}

/** The same without the end of the log: each kept line follows the one before. */
export const verifyLines = (parts: VerifyParts): Promise<Verified> =>
  verifyLog({
    ...parts,
    sealed: {
      async read() {
        const known = await parts.sealed.read();
        return known === undefined || known === 'unreadable' ? known : { ...known, last: known.before };
      },
      witnessed: async () => undefined,
    },
  });
