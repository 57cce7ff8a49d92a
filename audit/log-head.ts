/**
 * Finds the end of the log and the segment of a line, and caches what was read. `audit-log.ts` calls it before it
 * appends or lists.
 */
import type { Collection } from '../adapters/storage/port.ts';
import { headAfter, noHead, type Head, type Segment } from './hash-chain.ts';
import type { RecentIds } from './known-ids.ts';
import type { SealedHeadStore } from './sealed-head.ts';

/** What this process has read of the log. */
export interface KnownLog {
  readonly segments: Collection<Segment>;
  readonly recent: RecentIds;
  readonly sealed: SealedHeadStore;
  /** The last line that this process knows. */
  head: Head | undefined;
}

export const segmentId = (number: number): string => String(number).padStart(12, '0');

export const readSegment = async (
  { segments }: Pick<KnownLog, 'segments'>,
  number: number,
): Promise<Segment | undefined> => (await segments.get(segmentId(number)))?.value;

export function learn(context: KnownLog, segment: Segment): Head {
  context.recent.add(segment.lines.map(({ id }) => id));
  const head = headAfter(segment);
  context.head = head;
  return head;
}

/** The last line that was dropped by age; empty before the first line. */
async function dropped({ sealed, segments }: KnownLog): Promise<Head> {
  const known = await sealed.read();
  if (known === undefined && !(await segments.page({ limit: 1 })).items[0]) await sealed.begin();
  return known === undefined || known === 'unreadable' ? noHead : known.before;
}

/**
 * The last segment, found by doubling and halving, because numbers have no gaps. The sealed head of an empty log exists
 * before its first line.
 */
export async function findHead(context: KnownLog): Promise<Head> {
  const { segment: first } = await dropped(context);
  let [there, beyond, step] = [first, first + 1, 1];
  let last: Segment | undefined;
  const isThere = async (number: number) => {
    const segment = await readSegment(context, number);
    if (segment) last = segment;
    return segment !== undefined;
  };
  while (await isThere(beyond)) [there, beyond, step] = [beyond, beyond + step, step * 2];
  while (beyond - there > 1) {
    const middle = Math.floor((there + beyond) / 2);
    if (await isThere(middle)) there = middle;
    else beyond = middle;
  }
  // Only now: ids made before this moment may be in a segment that was not read.
  context.recent.begin();
  const head = last ? learn(context, last) : noHead;
  context.head = head;
  return head;
}

/** The newest head, with what other processes have written. */
export async function catchUp(context: KnownLog): Promise<Head> {
  let at = context.head ?? (await findHead(context));
  for (let next = await readSegment(context, at.segment + 1); next; next = await readSegment(context, at.segment + 1))
    at = learn(context, next);
  return at;
}

/** The segment of line `seq`, or the first after it. */
export async function segmentOf(context: KnownLog, seq: number, last: Head): Promise<number> {
  let [low, high] = [(await dropped(context)).segment + 1, last.segment];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const lastSeq = (await readSegment(context, middle))?.lines.at(-1)?.seq ?? 0;
    if (lastSeq >= seq) high = middle;
    else low = middle + 1;
  }
  return low;
}
