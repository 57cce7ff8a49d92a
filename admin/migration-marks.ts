/**
 * What a store says of itself for the time of a move: who it is, and whether it is being emptied into another or filled
 * from one. Never carried along.
 */
import { randomBytes } from 'node:crypto';
import type { Collection, CollectionSpec, Storage, Stored } from '../adapters/storage/port.ts';

/** On the source. */
interface Identity {
  readonly kind: 'identity';
  /** Tells this store from all others, whatever name it is reached by. */
  readonly store: string;
}
interface Departure {
  readonly kind: 'departure';
}
/** On the target. */
export interface Arrival {
  readonly kind: 'arrival';
  /** Identity of the source. */
  readonly from: string;
  readonly startedAt: number;
  readonly finishedAt?: number;
  /** Where a copy that was interrupted goes on: behind this document of this collection. */
  readonly collection?: string;
  readonly after?: string;
}
type Mark = Identity | Departure | Arrival;

export const migrationMarks: CollectionSpec<Mark> = { name: 'moves' };

/** A copier that was killed keeps nobody from starting for longer than this, ms. */
const departureTime = 60_000;

export interface MigrationMarks {
  identity(): Promise<string | undefined>;
  /** The identity, given now if there was none. */
  identify(): Promise<string>;
  arrival(): Promise<Stored<Arrival> | undefined>;
  /** Writes how far a copy is: the first time without a version. `undefined`: another copier was here. */
  arrive(arrival: Arrival, version?: string): Promise<string | undefined>;
  /** Keeps servers from starting on this store for a minute from `now` on. */
  depart(now: number): Promise<void>;
  departed(): Promise<boolean>;
  stay(): Promise<void>;
}

export function createMigrationMarks(storage: Storage): MigrationMarks {
  const marks: Collection<Mark> = storage.collection(migrationMarks);
  const identity = async () => {
    const mark = (await marks.get('identity'))?.value;
    return mark?.kind === 'identity' ? mark.store : undefined;
  };
  return {
    identity,
    async identify() {
      const store = randomBytes(16).toString('base64url');
      return (await marks.insert('identity', { kind: 'identity', store })) === undefined
        ? ((await identity()) ?? store)
        : store;
    },
    async arrival() {
      const mark = await marks.get('arrival');
      return mark?.value.kind === 'arrival' ? { ...mark, value: mark.value } : undefined;
    },
    arrive: (arrival, version) =>
      version === undefined ? marks.insert('arrival', arrival) : marks.replace('arrival', arrival, version),
    async depart(now) {
      const keep = { until: now + departureTime };
      for (;;) {
        if ((await marks.insert('departure', { kind: 'departure' }, keep)) !== undefined) return;
        const standing = await marks.get('departure');
        if (standing && (await marks.replace('departure', { kind: 'departure' }, standing.version, keep)) !== undefined)
          return;
      }
    },
    departed: async () => (await marks.get('departure')) !== undefined,
    stay: async () => void (await marks.remove('departure')),
  };
}
