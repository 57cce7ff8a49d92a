/**
 * A gateway takes a message at once and learns later that it was not delivered: a landline, a number that is no more. It is asked again some seconds
 * after, as long as somebody may wait for the code, so that the page can say so. Only by the process that has sent it: whoever dies forgets to ask.
 */
import type { SmsOutcome } from '../adapters/sms/port.ts';
import type { Scheduler } from '../time/scheduler.ts';

export interface LateOutcomes {
  /** @param lastAt instant (ms) from which on nobody waits any more */
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
        // The store fails: then the page goes on saying that the message has left, which it has.
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
