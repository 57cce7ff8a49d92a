/**
 * Reads the installation's keys every few seconds, so that a change takes effect on every running node without a
 * restart. Run by app/.
 */
import type { Logger } from 'pino';
import type { Clock } from '../time/clock.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import type { KeptKeys } from './kept-keys.ts';
import { loadKeys, type EngineKeys } from './keys.ts';

export interface KeyWatch {
  start(): void;
  stop(): Promise<void>;
  /** Reads once, now. Rejects if the store fails, or if the keys cannot be used. */
  look(): Promise<void>;
}

const lookEvery = 3_000;

export function createKeyWatch({
  kept,
  clock,
  log,
  use,
  scheduler = systemScheduler,
}: {
  readonly kept: KeptKeys;
  readonly clock: Clock;
  readonly log: Logger;
  /** Replaces the keys in use. */
  readonly use: (keys: EngineKeys) => void;
  readonly scheduler?: Scheduler;
}): KeyWatch {
  let seen: string | undefined;
  let troubled = false;
  let stopped = false;
  let cancel: (() => void) | undefined;
  let underWay: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    const keys = await loadKeys({ kept, clock });
    const written = JSON.stringify(keys);
    if (written === seen) return;
    use(keys);
    if (seen !== undefined) log.info({ event: 'keys.changed', signing: keys.jwks.keys.map(({ kid }) => kid) });
    seen = written;
  };
  const lookOnce = async (): Promise<void> => {
    try {
      await look();
      troubled = false;
    } catch (error) {
      // The keys in use stay; logged once.
      if (!troubled) log.error({ event: 'keys.unread', err: error });
      troubled = true;
    }
    if (!stopped) plan();
  };
  const plan = (): void => {
    cancel = scheduler.after(lookEvery, () => {
      underWay = lookOnce();
    });
  };
  return {
    start: plan,
    look,
    async stop() {
      stopped = true;
      cancel?.();
      await underWay;
    },
  };
}
