/**
 * Copies every document of one store into another, with its expiry. An interrupted copy is continued, and a copy is
 * complete only when both stores were read side by side and had the same documents.
 */
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../time/clock.ts';
import { allPages } from '../../adapters/storage/all-pages.ts';
import type { Collection, CollectionSpec, Storage } from '../../adapters/storage/port.ts';
import { watchNodes, type Node } from '../../cluster/heartbeat.ts';
import { refuse, done, type Outcome } from '../refusals.ts';
import { createMigrationMarks, type Arrival, type MigrationMarks } from '../migration-marks.ts';
import { compareStores, type Compared } from './store-comparison.ts';

export interface CopyProgress {
  readonly phase: 'copy' | 'verify';
  readonly collection: string;
  /** Documents of all collections. */
  readonly done: number;
  readonly of: number;
}

export interface CopyReport {
  readonly collections: readonly { readonly name: string; readonly documents: number; readonly digest?: string }[];
  readonly documents: number;
  /** It has completed an interrupted copy. */
  readonly resumed: boolean;
  /** Documents that were written again, because the source changed after they were copied. */
  readonly corrected: number;
  readonly dryRun: boolean;
}

export interface CopyParts {
  readonly source: Storage;
  /** Absent in a dry run whose target does not exist yet. */
  readonly target?: Storage;
  readonly collections: readonly CollectionSpec<never>[];
  readonly clock: Clock;
  readonly dryRun?: boolean;
  readonly report?: ((progress: CopyProgress) => void) | undefined;
}

interface Pair {
  readonly name: string;
  readonly from: Collection<object>;
  readonly to?: Collection<object>;
}

const pageSize = 250;
const writtenAtOnce = 50;
/** How often a source that changes while it is read is read again. */
const rounds = 3;
const departEvery = 20_000;

/** Rejects with `StorageUnavailable`; another call continues. */
export async function copyStorage(parts: CopyParts): Promise<Outcome<CopyReport>> {
  const { source, target, clock, dryRun = false } = parts;
  const pairs = parts.collections.map((spec): Pair => {
    const declare = (storage: Storage) => storage.collection(spec as CollectionSpec<object>);
    return { name: spec.name, from: declare(source), ...(target && { to: declare(target) }) };
  });
  const leaving = createMigrationMarks(source);
  const arriving = target && createMigrationMarks(target);
  const [seen, seenThere] = [watchNodes(source), target && watchNodes(target)];
  await target?.prepare?.();
  const everybody = async () => [...(await seen()), ...((await seenThere?.()) ?? [])];

  if (dryRun || !target || !arriving) {
    const refused = await refusedAsItStands(await leaving.identity(), pairs, arriving, await everybody());
    if (refused) return refused;
    const counted = await countAll(pairs);
    if (counted.documents === 0) return sourceEmpty;
    return done({ ...counted, resumed: false, corrected: 0, dryRun: true });
  }

  const identity = await leaving.identify();
  await leaving.depart(clock.now());
  let departing: Promise<unknown> = Promise.resolve();
  const renewing = setInterval(() => {
    departing = leaving.depart(clock.now()).catch(() => undefined);
  }, departEvery);
  try {
    const refused = await refusedAsItStands(identity, pairs, arriving, await everybody());
    if (refused) return refused;
    const { documents: of } = await countAll(pairs);
    if (of === 0) return sourceEmpty;
    const before = await arriving.arrival();
    const ship = await startShip(arriving, before, { identity, now: clock.now() });
    if (!ship) return underWay;
    const fill = await fillTarget(pairs, ship, { of, resume: before?.value, ...parts });
    if (!fill) return underWay;
    const outcome = await compareUntilEqual(pairs, { of, source, clock, report: parts.report });
    if (!outcome) {
      return refuse(
        'copy_differs',
        'The two stores do not hold the same: the source is being changed. Stop what writes to it and run this again.',
      );
    }
    const late = await everybody();
    if (late.length > 0) return inUse(late);
    if (!(await ship({ finishedAt: clock.now() }))) return underWay;
    const collections = outcome.collections.map(({ name, documents, digest }) => ({ name, documents, digest }));
    return done({
      collections,
      documents: collections.reduce((sum, { documents }) => sum + documents, 0),
      resumed: before !== undefined,
      corrected: outcome.corrected,
      dryRun: false,
    });
  } finally {
    clearInterval(renewing);
    await departing;
    await leaving.stay().catch(() => undefined);
  }
}

const sourceEmpty = refuse('source_empty', 'There is nothing in the source: is it the right one?');
const underWay = refuse('copy_under_way', 'Another copy into this target is under way.');
const inUse = (nodes: readonly Node[]) =>
  refuse(
    'store_in_use',
    `A server is running on one of the stores: ${nodes.map(({ label }) => label).join(', ')}. Stop it first; one that was killed is forgotten after half a minute.`,
  );

async function refusedAsItStands(
  identity: string | undefined,
  pairs: readonly Pair[],
  arriving: MigrationMarks | undefined,
  nodes: readonly Node[],
): Promise<ReturnType<typeof refuse> | undefined> {
  if (arriving && identity !== undefined && (await arriving.identity()) === identity)
    return refuse('store_same', 'Source and target are the same store.');
  if (nodes.length > 0) return inUse(nodes);
  const arrival = (await arriving?.arrival())?.value;
  if (arrival?.finishedAt !== undefined) {
    const when = new Date(arrival.finishedAt).toISOString();
    const origin = arrival.from === identity ? 'this source' : 'another store';
    return refuse('target_not_empty', `The target was filled from ${origin} already (finished ${when}).`);
  }
  if (arrival && arrival.from !== identity)
    return refuse('target_not_empty', 'The target holds the unfinished copy of another store: take an empty one.');
  if (arrival) return undefined;
  const full: string[] = [];
  for (const { name, to } of pairs) if (((await to?.page({ limit: 1 }))?.items.length ?? 0) > 0) full.push(name);
  return full.length > 0
    ? refuse('target_not_empty', `The target is not empty: there are documents in ${full.join(', ')}.`)
    : undefined;
}

async function countAll(pairs: readonly Pair[]) {
  const collections: { name: string; documents: number }[] = [];
  for (const { name, from } of pairs) collections.push({ name, documents: await from.count() });
  return { collections, documents: collections.reduce((sum, { documents }) => sum + documents, 0) };
}

/** Stores the progress of the copy; `false` if another process copies into the target too. */
type Ship = (progress: Partial<Pick<Arrival, 'collection' | 'after' | 'finishedAt'>>) => Promise<boolean>;

async function startShip(
  arriving: MigrationMarks,
  before: Awaited<ReturnType<MigrationMarks['arrival']>>,
  { identity, now }: { readonly identity: string; readonly now: number },
): Promise<Ship | undefined> {
  const arrival: Arrival = before?.value ?? { kind: 'arrival', from: identity, startedAt: now };
  let version = await arriving.arrive(arrival, before?.version);
  if (version === undefined) return undefined;
  return async (progress) => {
    const { from, startedAt } = arrival;
    version = await arriving.arrive({ kind: 'arrival', from, startedAt, ...progress }, version);
    return version !== undefined;
  };
}

async function fillTarget(
  pairs: readonly Pair[],
  ship: Ship,
  { of, resume, report }: Pick<CopyParts, 'report'> & { readonly of: number; readonly resume: Arrival | undefined },
): Promise<boolean> {
  const first = Math.max(
    0,
    pairs.findIndex(({ name }) => name === resume?.collection),
  );
  let finished = 0;
  for (const { from } of pairs.slice(0, first)) finished += await from.count();
  for (const [index, { name, from, to }] of pairs.entries()) {
    if (index < first || !to) continue;
    const after = name === resume?.collection ? resume.after : undefined;
    for await (const items of allPages(from, pageSize, after)) {
      // Documents that exist in the target were written by the interrupted run; the comparison at the end checks that
      // they are equal.
      await inParallel(items, ({ id, value, until }) =>
        to.insert(id, value, until === undefined ? undefined : { until }),
      );
      finished += items.length;
      const behind = items.at(-1)?.id;
      if (!(await ship({ collection: name, ...(behind === undefined ? {} : { after: behind }) }))) return false;
      report?.({ phase: 'copy', collection: name, done: Math.min(finished, of), of });
    }
  }
  return true;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: writtenAtOnce }, worker));
}

/** `undefined`: the source kept changing. */
async function compareUntilEqual(
  pairs: readonly Pair[],
  { of, source, clock, report }: Pick<CopyParts, 'source' | 'clock' | 'report'> & { readonly of: number },
): Promise<{ readonly collections: readonly Compared[]; readonly corrected: number } | undefined> {
  let corrected = 0;
  for (let round = 0; round < rounds; round += 1) {
    const mark = source.foreignWrites?.();
    const collections: Compared[] = [];
    let read = 0;
    for (const { name, from, to } of pairs) {
      if (!to) continue;
      const compared = await compareStores({ name, from, to, clock, correct: round < rounds - 1 });
      collections.push(compared);
      read += compared.documents;
      report?.({ phase: 'verify', collection: name, done: Math.min(read, of), of });
    }
    const differing = collections.reduce((sum, { differing: here }) => sum + here, 0);
    if (differing === 0 && mark === source.foreignWrites?.()) return { collections, corrected };
    corrected += differing;
    await setTimeout(50);
  }
  return undefined;
}
