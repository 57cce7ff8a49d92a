/**
 * Buckets of new sign-ins for each network, in the memory of a node: each sign-in adds one, and the bucket empties
 * evenly. `new-sign-ins.ts` asks them for every authorization request.
 */

export interface CountedNetwork {
  readonly id: string;
  /** Multiple of the limit of one network. */
  readonly times: number;
}

export interface SignInLimits {
  /** For one network: five minutes' worth at once, then evenly. */
  readonly perMinute: number;
  /** The networks of an address, the widest first; none: it is not counted. */
  readonly networksOf: (address: string) => readonly CountedNetwork[];
}

interface Bucket {
  readonly level: number;
  readonly at: number;
}

const minute = 60_000;
const minutesAtOnce = 5;
/** The most networks in memory: the one seen longest ago is removed. */
const kept = 20_000;

export interface SignInBuckets {
  /**
   * Seconds until there is room for one; 0: there is room. @param spare multiple of the limit: for a browser with a
   * session
   */
  wait(address: string, now: number, spare?: number): number;
  count(address: string, now: number): void;
  /** Removes one that was counted and began nothing. */
  uncount(address: string, now: number): void;
}

export function createSignInBuckets({ perMinute, networksOf }: SignInLimits): SignInBuckets {
  const buckets = new Map<string, Bucket>();
  const levelOf = ({ id, times }: CountedNetwork, now: number): number => {
    const bucket = buckets.get(id);
    return bucket === undefined ? 0 : Math.max(0, bucket.level - ((now - bucket.at) * perMinute * times) / minute);
  };
  return {
    wait: (address, now, spare = 1) =>
      Math.max(
        0,
        ...networksOf(address).map((network) => {
          const over = levelOf(network, now) + 1 - perMinute * minutesAtOnce * network.times * spare;
          return over <= 0 ? 0 : Math.ceil((over * 60) / (perMinute * network.times));
        }),
      ),
    count: (address, now) => add(address, now, 1),
    uncount: (address, now) => add(address, now, -1),
  };

  function add(address: string, now: number, amount: 1 | -1): void {
    for (const network of networksOf(address)) {
      const level = Math.max(0, levelOf(network, now) + amount);
      buckets.delete(network.id);
      buckets.set(network.id, { level, at: now });
      if (buckets.size > kept) buckets.delete(buckets.keys().next().value as string);
    }
  }
}
