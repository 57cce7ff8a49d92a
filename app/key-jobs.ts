/**
 * Background jobs for the installation's keys: every node reads them again, the leader rotates them and seals old data
 * again. Run by create-app.ts.
 */
import { rootKeyId } from '../adapters/secret-box.ts';
import type { Services } from '../admin/services.ts';
import type { AuditEvent } from '../accounts/person.ts';
import type { Outbox } from '../messages/outbox.ts';
import { createKeyRotation, type KeyRotation } from '../provider/key-rotation.ts';
import { createKeyWatch } from '../provider/key-watch.ts';
import type { EngineKeys } from '../provider/keys.ts';
import { ringRulesOf } from '../provider/ring-rules.ts';
import { noteRootKeyLook } from '../provider/root-key-progress.ts';
import { createBackgroundWork, type BackgroundWork, type Timer } from '../time/background-work.ts';
import { pause, systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { resealAll, type Resealed } from './reseal.ts';

export interface KeyJobs {
  start(): void;
  stop(): Promise<void>;
  /**
   * Seals old data again in one pass; `undefined` if there is no second root key, or this process is not the leader.
   */
  reseal(): Promise<Resealed | undefined>;
  /** Reads the root keys of the file again. Rejects as `Secrets.readRootKeysAgain` does. */
  readRootKeys(): Promise<void>;
}

/** How often the file with the root keys is read: ms. */
const readEvery = 3_000;
const firstLook = 5_000;
const lookEvery = 3_600_000;
const restAfterBatch = 20;

export interface KeyJobParts {
  readonly services: Pick<
    Services,
    'settings' | 'clock' | 'log' | 'people' | 'sealing' | 'keptKeys' | 'audit' | 'rootKeys' | 'readRootKeysAgain'
  >;
  readonly outbox: Pick<Outbox, 'reseal'>;
  /** Replaces the keys of the engine. */
  readonly use: (keys: EngineKeys) => void;
  readonly note: (event: AuditEvent) => void;
  readonly leader: { isLeader(): boolean };
  readonly scheduler?: Scheduler;
}

interface Context extends KeyJobParts {
  readonly scheduler: Scheduler;
  readonly work: BackgroundWork;
  readonly timer: Timer;
  readonly readTimer: Timer;
  isTroubled: boolean;
  reading: Promise<unknown>;
  underWay: Promise<unknown>;
}

export function createKeyJobs(parts: KeyJobParts): KeyJobs {
  const { services, scheduler = systemScheduler } = parts;
  const { clock, rootKeys } = services;
  const work = createBackgroundWork({ scheduler, clock });
  const context: Context = {
    ...parts,
    scheduler,
    work,
    timer: work.timer(),
    readTimer: work.timer(),
    isTroubled: false,
    reading: Promise.resolve(),
    underWay: Promise.resolve(),
  };
  const shared = { kept: services.keptKeys, clock, log: services.log, scheduler };
  const watch = createKeyWatch({ ...shared, use: parts.use });
  const rotation = openRotation(context, shared);
  return {
    start() {
      watch.start();
      rotation.start();
      if (rootKeys.others.length > 0) plan(context, firstLook);
      if (rootKeys.from === 'state') planReading(context);
    },
    reseal: () => reseal(context),
    readRootKeys: () => readRootKeys(context),
    async stop() {
      const timerStopped = work.stop(async () => undefined);
      await Promise.all([timerStopped, watch.stop(), rotation.stop(), context.reading, context.underWay]);
    },
  };
}

function openRotation(
  { services, note, leader }: Context,
  shared: Pick<Parameters<typeof createKeyRotation>[0], 'kept' | 'clock' | 'log' | 'scheduler'>,
): KeyRotation {
  const days = services.settings.keys.rotateEveryDays;
  return createKeyRotation({
    ...shared,
    rules: ringRulesOf(services.settings),
    every: days === undefined ? undefined : days * 86_400_000,
    note,
    leader,
  });
}

async function reseal({ services, outbox, leader, scheduler, work }: Context): Promise<Resealed | undefined> {
  const { clock, log, keptKeys, rootKeys } = services;
  if (rootKeys.others.length === 0 || !leader.isLeader()) return undefined;
  const goesOn = () => !work.stopped && leader.isLeader();
  const done = await resealAll({ ...services, outbox }, { goesOn, rest: () => pause(scheduler, restAfterBatch) });
  if (!done) return undefined;
  await noteRootKeyLook(keptKeys, { current: rootKeyId(rootKeys.current), at: clock.now(), ...done });
  log[done.left === 0 ? 'info' : 'warn']({ event: 'root-key.resealed', ...done });
  return done;
}

async function readRootKeys(context: Context): Promise<void> {
  const { services } = context;
  if (!(await services.readRootKeysAgain())) return;
  const { current, others } = services.rootKeys;
  services.log.info({ event: 'root-key.changed', current: rootKeyId(current), others: others.map(rootKeyId) });
  if (others.length > 0) plan(context, firstLook);
}

async function readOnce(context: Context): Promise<void> {
  try {
    await readRootKeys(context);
    context.isTroubled = false;
  } catch (error) {
    // The keys in use stay; logged once.
    if (!context.isTroubled) context.services.log.error({ event: 'root-key.unread', err: error });
    context.isTroubled = true;
  }
  planReading(context);
}

const planReading = (context: Context): void =>
  context.readTimer.set(readEvery, () => {
    context.reading = readOnce(context);
  });

async function look(context: Context): Promise<void> {
  const done = await reseal(context).catch((error: unknown) => {
    context.services.log.warn({ event: 'root-key.reseal-failed', err: error });
    return undefined;
  });
  if (context.services.rootKeys.others.length > 0) plan(context, done ? lookEvery : firstLook);
}

const plan = (context: Context, milliseconds: number): void =>
  context.timer.set(milliseconds, () => {
    context.underWay = look(context);
  });
