/** The delivery status of a message, as far as the person who waits for it should know. Pure. */
import type { Queued } from './outbox-store.ts';

export type Delivery =
  | 'under-way'
  /** Accepted by the gateway or the mail server; or so long ago that its status is no longer stored. */
  | 'left'
  /** There are faults: it comes late, or perhaps not at all. */
  | 'delayed'
  /** Refused permanently. */
  | 'failed';

/** ms: a message that has not left by then is delayed. */
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
