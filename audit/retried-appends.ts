/**
 * Retries audit events that are not pending in an account or schedule: while the store fails they wait in this process.
 */
import type { Logger } from 'pino';
import { StorageUnavailable } from '../adapters/storage/port.ts';
import type { AuditTrail } from './audit-log.ts';

type Entries = Parameters<AuditTrail['append']>[0];

export interface RetriedAppends {
  /** Appends now or later; never rejects. Repeating it adds nothing: each event has its own id. */
  note(append: (entries: Entries) => Promise<void>, entries: Entries): void;
  /** Tries all waiting events once more; returns how many are lost. */
  stop(): Promise<void>;
}

const firstPause = 500;
const longestPause = 15_000;
/** More than a long outage causes: while nobody can do anything, few events happen. */
const mostWaiting = 10_000;

interface Waiting {
  readonly append: (entries: Entries) => Promise<void>;
  readonly entries: Entries;
}

export function createRetriedAppends({ log }: { readonly log: Logger }): RetriedAppends {
  const waiting = new Set<Waiting>();
  let pause = firstPause;
  let timer: NodeJS.Timeout | undefined;

  const lost = (one: Waiting, error: unknown): void => {
    waiting.delete(one);
    for (const { event } of one.entries) log.error({ event: 'audit.failed', action: event.action, err: error });
  };
  const attempt = async (one: Waiting): Promise<boolean> => {
    try {
      await one.append(one.entries);
      waiting.delete(one);
      return true;
    } catch (error) {
      const isPassing = error instanceof StorageUnavailable && error.reason !== 'closed';
      if (isPassing && (waiting.has(one) || waiting.size < mostWaiting)) waiting.add(one);
      else lost(one, error);
      return false;
    }
  };
  const later = (): void => {
    timer ??= setTimeout(() => void again(), pause).unref();
    pause = Math.min(longestPause, pause * 2);
  };
  const again = async (): Promise<void> => {
    timer = undefined;
    const done = await Promise.all([...waiting].map(attempt));
    if (done.every(Boolean)) pause = firstPause;
    else later();
  };

  const begin = async (one: Waiting): Promise<void> => {
    if (!(await attempt(one)) && waiting.size > 0) later();
  };

  return {
    note(append, entries) {
      void begin({ append, entries });
    },
    async stop() {
      clearTimeout(timer);
      await Promise.all([...waiting].map(attempt));
      for (const one of waiting) lost(one, new Error('the process ends'));
    },
  };
}
