/** Waits a moment for messages that are being sent, so that a page can show their delivery status at once. */
import type { Clock } from '../time/clock.ts';
import { deliveryOf, worstDelivery, type Delivery } from './delivery-status.ts';
import type { OutboxStore } from './outbox-store.ts';
import { atMost } from '../time/background-work.ts';
import { pause, type Scheduler } from '../time/scheduler.ts';

/** ms; most gateways answer within this time. */
const settleTime = 250;

export interface WatchParts {
  readonly store: Pick<OutboxStore, 'get'>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** The messages that this process is sending, by their ids. */
  readonly underWay: ReadonlyMap<string, Promise<unknown>>;
}

/**
 * The worst status of several messages, by their ids. Another process may be sending: then the store is read again
 * after that time.
 */
export function createDeliveryWatch({ store, clock, scheduler, underWay }: WatchParts) {
  const now = async (id: string): Promise<Delivery> => deliveryOf((await store.get(id))?.value, clock.now());
  const worst = async (ids: readonly string[]): Promise<Delivery> => worstDelivery(await Promise.all(ids.map(now)));

  return async (ids: readonly string[]): Promise<Delivery> => {
    const sending = ids.flatMap((id) => underWay.get(id) ?? []);
    if (sending.length > 0) await atMost(scheduler, settleTime, Promise.allSettled(sending));
    const delivery = await worst(ids);
    if (delivery !== 'under-way' || sending.length > 0) return delivery;
    await pause(scheduler, settleTime);
    return worst(ids);
  };
}
