/**
 * Wrong passwords by the network they come from, over all names, of an account or not: one password that is tried on every account comes
 * from some network. Each fills a bucket that empties evenly; while it is full, a further try waits until there is room for one, never longer. Kept in the
 * store, once for all nodes, and remembered here, so that a right password from where little is wrong costs no call.
 */
import type { Collection, CollectionSpec, Storage, Version } from '../adapters/storage/port.ts';

interface Bucket {
  /** Wrong passwords that have not run out yet, at `at` (ms). */
  readonly level: number;
  readonly at: number;
}

export const guessingNetworks: CollectionSpec<Bucket> = { name: 'guessing-networks' };

export type Entered =
  /** `left` is to be called once with what the try was. */
  | { readonly ok: true; readonly left: (was: 'wrong' | 'no guess') => Promise<void> }
  | { readonly ok: false; readonly until: number };

export interface GuessingNetworks {
  /** One more try from `network`, before anything is compared. @param times so many times what a single network may: for wider ones */
  enter(network: string, now: number, times?: number): Promise<Entered>;
}

const hour = 3_600_000;
/** Networks whose buckets a node remembers: forgetting one costs a call, never a count. */
const remembered = 10_000;
/** Tries under way on one node, from one network, that the store has not counted yet: so many may slip in beside each further node. */
const uncounted = 4;

const roomAt = (level: number, now: number, perHour: number): number =>
  now + Math.ceil(((level + 1 - perHour) * hour) / perHour);

interface Context {
  readonly buckets: Collection<Bucket>;
  readonly onFull: (network: string) => void;
  /** What this node last read or wrote; the oldest first. */
  readonly last: Map<string, Known>;
  /** How many tries are under way that the store has not counted. */
  readonly open: Map<string, number>;
}

interface Known {
  readonly bucket: Bucket;
  /** `undefined`: the store has none. */
  readonly version: Version | undefined;
}

interface Network {
  readonly network: string;
  readonly perHour: number;
}

export function createGuessingNetworks({
  storage,
  perHour: ofOne,
  onFull,
}: {
  readonly storage: Storage;
  /** Wrong passwords from one network at once, and then in an hour. */
  readonly perHour: number;
  /** Called when the bucket of a network gets full, for the log. */
  readonly onFull: (network: string) => void;
}): GuessingNetworks {
  const context: Context = {
    buckets: storage.collection(guessingNetworks),
    onFull,
    last: new Map(),
    open: new Map(),
  };
  return {
    enter: (network, now, times = 1) => enter(context, { network, perHour: ofOne * times }, now),
  };
}

const levelAt = ({ level, at }: Bucket, now: number, perHour: number): number =>
  Math.max(0, level - (Math.max(0, now - at) * perHour) / hour);

function remember({ last }: Context, network: string, known: Known): Known {
  last.delete(network);
  last.set(network, known);
  if (last.size > remembered) last.delete(last.keys().next().value as string);
  return known;
}

async function enter(context: Context, of: Network, now: number): Promise<Entered> {
  const { last, open } = context;
  const { network, perHour } = of;
  const underWay = open.get(network) ?? 0;
  const known = last.get(network);
  const seen = known ? levelAt(known.bucket, now, perHour) : 0;
  if (seen + 1 > perHour) return { ok: false, until: roomAt(seen, now, perHour) };
  if (underWay + 1 > uncounted || seen + underWay + 1 > perHour / 2) {
    const until = await add(context, of, { amount: 1, now, strictly: true });
    if (until !== undefined) return { ok: false, until };
    const takeBack = { amount: -1, now, strictly: false } as const;
    return { ok: true, left: async (was) => void (was === 'wrong' || (await add(context, of, takeBack))) };
  }
  open.set(network, underWay + 1);
  return { ok: true, left: (was) => countLater(context, of, now, was) };
}

/** The end of a try that was let in without being counted. */
async function countLater(context: Context, of: Network, now: number, was: 'wrong' | 'no guess'): Promise<void> {
  const { open } = context;
  const { network } = of;
  try {
    if (was === 'wrong') await add(context, of, { amount: 1, now, strictly: false });
  } finally {
    const others = (open.get(network) ?? 1) - 1;
    if (others > 0) open.set(network, others);
    else open.delete(network);
  }
}

interface Amount {
  readonly amount: 1 | -1;
  readonly now: number;
  /** Whether there must be room for it, and for those under way that may turn out wrong. */
  readonly strictly: boolean;
}

/** Adds to the bucket. Without room: nothing is added, and the instant (ms) is given at which there is room. */
async function add(
  context: Context,
  { network, perHour }: Network,
  { amount, now, strictly }: Amount,
): Promise<number | undefined> {
  const { buckets, last, open, onFull } = context;
  let known = last.get(network);
  for (;;) {
    known ??= remember(context, network, await readBucket(buckets, network, now));
    const before = levelAt(known.bucket, now, perHour);
    const taken = before + (open.get(network) ?? 0);
    if (strictly && taken + amount > perHour) return roomAt(taken, now, perHour);
    const bucket = { level: Math.max(0, before + amount), at: Math.max(now, known.bucket.at) };
    const keep = { until: bucket.at + Math.ceil((bucket.level * hour) / perHour) + 1 };
    const version =
      known.version === undefined
        ? await buckets.insert(network, bucket, keep)
        : await buckets.replace(network, bucket, known.version, keep);
    if (version !== undefined) {
      remember(context, network, { bucket, version });
      if (before + 1 <= perHour && bucket.level + 1 > perHour) onFull(network);
      return undefined;
    }
    known = undefined;
  }
}

async function readBucket(buckets: Collection<Bucket>, network: string, now: number): Promise<Known> {
  const stored = await buckets.get(network);
  return { bucket: stored?.value ?? { level: 0, at: now }, version: stored?.version };
}

/** Enters a network and those around it, the widest first; what was entered is left when a further one is full. */
export async function enterLevels(
  networks: GuessingNetworks,
  levels: readonly { readonly id: string; readonly times: number }[],
  now: number,
): Promise<Entered> {
  const entered: Extract<Entered, { readonly ok: true }>[] = [];
  const left = async (was: 'wrong' | 'no guess') => {
    for (const one of entered) await one.left(was);
  };
  for (const { id, times } of levels) {
    const one = await networks.enter(id, now, times);
    if (!one.ok) {
      await left('no guess');
      return one;
    }
    entered.push(one);
  }
  return { ok: true, left };
}
