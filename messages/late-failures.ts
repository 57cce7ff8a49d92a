/**
 * A gateway accepts a message at once and learns later that it was not delivered: a landline, a number that no longer
 * exists. So its status is read again some seconds later, as long as a person may wait for the code, and the page can
 * say it. Only the process that sent the message does so: if it is killed, nobody asks.
 */
import type { SmsOutcome } from '../adapters/sms/port.ts';
import type { Scheduler } from '../time/scheduler.ts';

export interface LateOutcomes {
  /** @param lastAt instant (ms) from which on nobody waits for it */
  watch(message: string, reference: string, lastAt: number): void;
  stop(): void;
}

/** ms after sending. */
const askedAfter: readonly number[] = [8_000, 30_000, 90_000];

export function createLateOutcomes(parts: {
  readonly ask: (reference: string) => Promise<SmsOutcome | undefined>;
  readonly failed: (message: string, cause: string) => Promise<void>;
  readonly scheduler: Scheduler;
  readonly now: () => number;
}): LateOutcomes {
  const { ask, failed, scheduler, now } = parts;
  const waiting = new Set<() => void>();

  const askIn = (message: string, reference: string, lastAt: number, begunAt: number, context: number): void => {
    const at = begunAt + (askedAfter[context] ?? Infinity);
    if (at >= lastAt) return;
    const cancel = scheduler.after(at - now(), () => {
      waiting.delete(cancel);
      ask(reference)
        .then((outcome) => {
          if (outcome?.kind === 'refused') return failed(message, outcome.cause);
          return askIn(message, reference, lastAt, begunAt, context + 1);
        })
        // The store fails: the page keeps saying that the message has left, which is true.
        .catch(() => undefined);
    });
    waiting.add(cancel);
  };

  return {
    watch: (message, reference, lastAt) => askIn(message, reference, lastAt, now(), 0),
    stop() {
      for (const cancel of waiting) cancel();
      waiting.clear();
    },
  };
}
