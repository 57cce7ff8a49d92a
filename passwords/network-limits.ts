/**
 * Wrong passwords by the network they come from, over all names, had by somebody or not: whoever tries one password on everybody comes from
 * somewhere. Each fills a bucket that empties evenly; while it is full, a further try waits until there is room for one, never longer. Kept in the
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

export function createGuessingNetworks({
  storage,
  perHour: ofOne,
  onFull,
}: {
  readonly storage: Storage;
  /** Wrong passwords from one network at once, and then in an hour. */
  readonly perHour: number;
  /** For whoever watches the log. */
  readonly onFull: (network: string) => void;
}): GuessingNetworks {
  const buckets: Collection<Bucket> = storage.collection(guessingNetworks);
  const last = new Map<string, { readonly bucket: Bucket; readonly version: Version | undefined }>();
  const open = new Map<string, number>();

  const levelAt = ({ level, at }: Bucket, now: number, perHour: number): number =>
    Math.max(0, level - (Math.max(0, now - at) * perHour) / hour);
  const known = (network: string, now: number, perHour: number): number => {
    const record = last.get(network);
    return record ? levelAt(record.bucket, now, perHour) : 0;
  };
  const remember = (network: string, bucket: Bucket, version: Version | undefined): void => {
    last.delete(network);
    last.set(network, { bucket, version });
    if (last.size > remembered) last.delete(last.keys().next().value as string);
  };

  /** Adds `amount` to the bucket; `until` where `strictly` there must be room for it, and for those under way that may turn out wrong. */
  const add = async (
    { network, perHour }: { readonly network: string; readonly perHour: number },
    amount: 1 | -1,
    now: number,
    strictly: boolean,
  ): Promise<number | undefined> => {
    let record = last.get(network);
    for (;;) {
      if (!record) {
        const stored = await buckets.get(network);
        record = { bucket: stored?.value ?? { level: 0, at: now }, version: stored?.version };
        remember(network, record.bucket, record.version);
      }
      const before = levelAt(record.bucket, now, perHour);
      const taken = before + (open.get(network) ?? 0);
      if (strictly && taken + amount > perHour) return roomAt(taken, now, perHour);
      const bucket = { level: Math.max(0, before + amount), at: Math.max(now, record.bucket.at) };
      const keep = { until: bucket.at + Math.ceil((bucket.level * hour) / perHour) + 1 };
      const written: Version | undefined =
        record.version === undefined
          ? await buckets.insert(network, bucket, keep)
          : await buckets.replace(network, bucket, record.version, keep);
      if (written !== undefined) {
        remember(network, bucket, written);
        if (before + 1 <= perHour && bucket.level + 1 > perHour) onFull(network);
        return undefined;
      }
      record = undefined;
    }
  };

  return {
    async enter(network, now, times = 1) {
      const perHour = ofOne * times;
      const of = { network, perHour };
      const underWay = open.get(network) ?? 0;
      const seen = known(network, now, perHour);
      if (seen + 1 > perHour) return { ok: false, until: roomAt(seen, now, perHour) };
      if (underWay + 1 > uncounted || seen + underWay + 1 > perHour / 2) {
        const until = await add(of, 1, now, true);
        if (until !== undefined) return { ok: false, until };
        return { ok: true, left: async (was) => void (was === 'wrong' || (await add(of, -1, now, false))) };
      }
      open.set(network, underWay + 1);
      return {
        ok: true,
        async left(was) {
          try {
            if (was === 'wrong') await add(of, 1, now, false);
          } finally {
            const others = (open.get(network) ?? 1) - 1;
            if (others > 0) open.set(network, others);
            else open.delete(network);
          }
        },
      };
    },
  };
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
