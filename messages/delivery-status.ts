/** What has become of a message, as far as the person who waits for it should know. Pure. */
import type { Queued } from './outbox-store.ts';

export type Delivery =
  | 'under-way'
  /** Taken by the gateway or the mail server; or so long ago that nobody remembers. */
  | 'left'
  /** There is trouble on the way: it comes late, or perhaps not at all. */
  | 'delayed'
  /** Refused for good. */
  | 'failed';

/** ms: what is not gone by then waits for something. */
const slowAfter = 10_000;

export function deliveryOf(entry: Queued | undefined, now: number): Delivery {
  if (!entry || entry.ending === 'sent') return 'left';
  if (entry.ending === 'refused') return 'failed';
  if (entry.ending !== undefined) return 'delayed';
  const tried = entry.status === 'waiting' && entry.tries > 0;
  return tried || now >= entry.queuedAt + slowAfter ? 'delayed' : 'under-way';
}

const fromWorst: readonly Delivery[] = ['failed', 'delayed', 'under-way', 'left'];

export const worstDelivery = (of: readonly Delivery[]): Delivery =>
  fromWorst.find((delivery) => of.includes(delivery)) ?? 'left';
