/**
 * Keeps the lease of one message as long as this process works on it, so that no other process sends it again: renewed
 * every few seconds, and looked at once more before the message is handed over. Used by `send-queued.ts`.
 */
import type { Stored } from '../adapters/storage/port.ts';
import type { Clock } from '../time/clock.ts';
import type { Scheduler } from '../time/scheduler.ts';
import { leaseTime, renewEvery, type OutboxStore, type Queued } from './outbox-store.ts';

export interface KeptLease {
  /**
   * Whether the lease is still this process's, for long enough to send. A process that stood still finds here that
   * another one has taken the message. Rejects if the store fails.
   */
  isOwn(): Promise<boolean>;
  /** No more renewals. */
  release(): void;
}

interface Parts {
  readonly store: Pick<OutboxStore, 'renew'>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

export function keepLease({ store, clock, scheduler }: Parts, entry: Stored<Queued>): KeptLease {
  let until = entry.value.leaseUntil ?? 0;
  let cancel: (() => void) | undefined;
  let isReleased = false;
  const renew = async (): Promise<boolean> => {
    const now = clock.now();
    const isOwn = await store.renew(entry, now);
    if (isOwn) until = now + leaseTime;
    return isOwn;
  };
  const renewLater = (): void => {
    cancel = scheduler.after(renewEvery, () => {
      // A store that fails is asked again; a lease that was lost does not come back.
      void renew().then(
        (isOwn) => !isReleased && isOwn && renewLater(),
        () => !isReleased && renewLater(),
      );
    });
  };
  renewLater();
  return {
    isOwn: async () => clock.now() < until - leaseTime / 2 || renew(),
    release() {
      isReleased = true;
      cancel?.();
    },
  };
}
