/**
 * Limits wrong passwords by network, over all names, known or unknown: an attacker who tries one password on every
 * account needs some network. Each wrong password fills a bucket that empties evenly; while it is full, a further try
 * must wait until there is room. The buckets are in the store, shared by all nodes, and cached here, so that a right
 * password costs no call while its network has few failures.
 */
import type { Collection, CollectionSpec, Storage, Version } from '../adapters/storage/port.ts';

interface Bucket {
  /** The level of the bucket at `at` (ms). */
  readonly level: number;
  readonly at: number;
}

export const guessingNetworks: CollectionSpec<Bucket> = { name: 'guessing-networks' };

export type Entered =
  /** Call `left` once with the result of the try. */
  | { readonly ok: true; readonly left: (was: 'wrong' | 'no guess') => Promise<void> }
  | { readonly ok: false; readonly until: number };

export interface GuessingNetworks {
  /**
   * One more try from `network`, before anything is compared. @param times multiple of the limit of one network: for
   * wider networks
   */
  enter(network: string, now: number, times?: number): Promise<Entered>;
}

const hour = 3_600_000;
/** Networks whose buckets a node caches: forgetting one costs a call, never a count. */
const remembered = 10_000;
/**
 * Running tries on one node from one network that the store has not counted yet: at most this many can exceed the limit
 * for each further node.
 */
const uncounted = 4;

const roomAt = (level: number, now: number, perHour: number): number =>
  now + Math.ceil(((level + 1 - perHour) * hour) / perHour);

interface Context {
  readonly buckets: Collection<Bucket>;
  readonly onFull: (network: string) => void;
  /** The cached buckets of this node; the oldest first. */
  readonly last: Map<string, Known>;
  /** How many running tries the store has not counted. */
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
  /** The limit of wrong passwords from one network: at once, and then in an hour. */
  readonly perHour: number;
  /** Called when the bucket of a network becomes full, for the log. */
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

/** The end of a try that was permitted without being counted. */
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
  /** Whether the bucket needs room for it and for running tries that may turn out wrong. */
  readonly strictly: boolean;
}

/** Adds to the bucket. Without room it adds nothing, and returns the instant (ms) at which there is room. */
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

/**
 * Counts a try in a network and the networks around it, the widest first; if a further one is full, the counted ones
 * are released.
 */
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
