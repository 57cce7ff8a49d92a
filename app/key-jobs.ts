/** What keeps the keys of the installation in order behind the pages: every node reads them anew, the leader rotates them and seals anew. Run by create-app.ts. */
import { rootKeyId } from '../adapters/secret-box.ts';
import type { Services } from '../admin/services.ts';
import type { AuditEvent } from '../accounts/person.ts';
import type { Outbox } from '../messages/outbox.ts';
import { createKeyRotation } from '../provider/key-rotation.ts';
import { createKeyWatch } from '../provider/key-watch.ts';
import type { EngineKeys } from '../provider/keys.ts';
import { ringRulesOf } from '../provider/ring-rules.ts';
import { noteRootKeyLook } from '../provider/root-key-progress.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { resealAll, type Resealed } from './reseal.ts';

export interface KeyJobs {
  start(): void;
  stop(): Promise<void>;
  /** One look at everything that is sealed; `undefined` where no other root key is given, or this is not the leader. */
  reseal(): Promise<Resealed | undefined>;
}

const firstLook = 5_000;
const lookEvery = 3_600_000;
const restAfterBatch = 20;

export function createKeyJobs({
  services,
  outbox,
  use,
  note,
  leader,
  scheduler = systemScheduler,
}: {
  readonly services: Pick<
    Services,
    'settings' | 'clock' | 'log' | 'people' | 'sealing' | 'keptKeys' | 'audit' | 'rootKeys'
  >;
  readonly outbox: Pick<Outbox, 'reseal'>;
  /** Puts other keys in the place of those that the engine has. */
  readonly use: (keys: EngineKeys) => void;
  readonly note: (event: AuditEvent) => void;
  readonly leader: { held(): boolean };
  readonly scheduler?: Scheduler;
}): KeyJobs {
  const { settings, clock, log, keptKeys, rootKeys } = services;
  const shared = { kept: keptKeys, clock, log, scheduler };
  const watch = createKeyWatch({ ...shared, use });
  const days = settings.keys.rotateEveryDays;
  const rotation = createKeyRotation({
    ...shared,
    rules: ringRulesOf(settings),
    every: days === undefined ? undefined : days * 86_400_000,
    note,
    leader,
  });
  let stopped = false;
  let cancel: (() => void) | undefined;
  let underWay: Promise<unknown> = Promise.resolve();
  const pause = () =>
    new Promise<void>((resolve) => {
      scheduler.after(restAfterBatch, resolve);
    });

  const reseal = async (): Promise<Resealed | undefined> => {
    if (rootKeys.others.length === 0 || !leader.held()) return undefined;
    const goesOn = () => !stopped && leader.held();
    const done = await resealAll({ ...services, outbox }, { goesOn, rest: pause });
    if (!done) return undefined;
    await noteRootKeyLook(keptKeys, { current: rootKeyId(rootKeys.current), at: clock.now(), ...done });
    log[done.left === 0 ? 'info' : 'warn']({ event: 'root-key.resealed', ...done });
    return done;
  };
  const look = async (): Promise<void> => {
    const done = await reseal().catch((error: unknown) => {
      log.warn({ event: 'root-key.reseal-failed', err: error });
      return undefined;
    });
    if (!stopped) plan(done ? lookEvery : firstLook);
  };
  const plan = (milliseconds: number): void => {
    cancel = scheduler.after(milliseconds, () => {
      underWay = look();
    });
  };
  return {
    start() {
      watch.start();
      rotation.start();
      if (rootKeys.others.length > 0) plan(firstLook);
    },
    reseal,
    async stop() {
      stopped = true;
      cancel?.();
      await Promise.all([watch.stop(), rotation.stop(), underWay]);
    },
  };
}
