/**
 * The queue in the store. The id of a document is the id of the pending item, so queueing it twice changes nothing. The
 * content is sealed, because messages contain codes. A finished message stays as a tombstone for a day, so that a late
 * repetition finds it.
 */
import { randomUUID } from 'node:crypto';
import { allDocuments } from '../adapters/storage/all-pages.ts';
import type { Collection, CollectionSpec, Keep, Storage, Stored, Version } from '../adapters/storage/port.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import { defined } from '../accounts/defined.ts';
import type { OutgoingMessage } from '../accounts/person.ts';

/** `recalled`: it must no longer be sent. */
export type Ending = 'sent' | 'refused' | 'expired' | 'abandoned' | 'unsure' | 'unreadable' | 'recalled';

export interface Queued {
  /** `waiting` until `nextAt`; `sending` until `leaseUntil` by the process that has the lease; `done`. */
  readonly status: 'waiting' | 'sending' | 'done';
  readonly channel: OutgoingMessage['channel'];
  /** Masked. */
  readonly destination: string;
  readonly tries: number;
  readonly queuedAt: number;
  readonly nextAt: number;
  readonly leaseUntil?: number;
  /** Random, new at every lease: by it the process that has the lease knows its own entry, also after a renewal. */
  readonly lease?: string;
  readonly ending?: Ending;
  /** The pending message; absent once it was sent. */
  readonly sealed?: string;
}

export interface QueuedItem {
  readonly id: string;
  readonly message: OutgoingMessage;
}

export interface OutboxStore {
  /** `undefined` if it was queued before. */
  insert(item: QueuedItem, now: number): Promise<Stored<Queued> | undefined>;
  get(id: string): Promise<Stored<Queued> | undefined>;
  message(entry: Stored<Queued>): OutgoingMessage | undefined;
  /** The entry, leased by the caller, or `undefined` if another process has the lease. */
  lease(entry: Stored<Queued>, now: number): Promise<Stored<Queued> | undefined>;
  /** Whether the caller still has the lease; then it lasts from `now` on for its whole time again. */
  renew(entry: Stored<Queued>, now: number): Promise<boolean>;
  wait(entry: Stored<Queued>, nextAt: number): Promise<void>;
  /** Whether this call ended it. An entry that the caller leased is found also if the lease was renewed meanwhile. */
  end(entry: Stored<Queued>, ending: Ending, now: number): Promise<boolean>;
  /**
   * Seals again what is sealed under a root key that no longer seals. Returns how many; `left`: how many no root key
   * opens, or were being written.
   */
  reseal(): Promise<{ readonly changed: number; readonly left: number }>;
  /**
   * Messages that are not done, for a worker. If there are very many, it is a part of them (`more`), and another part
   * at each call.
   */
  open(): Promise<{ readonly entries: readonly Stored<Queued>[]; readonly more: boolean }>;
}

/**
 * Longer than sending takes (10 s), and short enough that a message of a killed process leaves within a minute. While a
 * process lives it renews its leases (`renewEvery`): what takes longer is not sent by another one.
 */
export const leaseTime = 20_000;
export const renewEvery = 5_000;
const tombstoneTime = 24 * 3_600_000;
const window = 200;
/**
 * A sealed text begins with a constant byte, followed by random ones: its fifth letter spreads evenly over 64 parts.
 */
const parts = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const partOf = (sealed: string) => `part-${sealed.charAt(4)}`;
const place = (id: string) => `outbox ${id}`;
const stored = (id: string, value: Queued, version: Version): Stored<Queued> => ({ id, value, version });
const withoutLease = ({ leaseUntil: _over, lease: _own, ...entry }: Queued): Queued => entry;

export const outboxEntries: CollectionSpec<Queued> = {
  name: 'outbox',
  indexes: {
    open: ({ sealed }) => (sealed === undefined ? undefined : ['all', partOf(sealed)]),
  },
};

interface Context {
  readonly entries: Collection<Queued>;
  readonly secretBox: SecretBox;
  readonly mask: (message: OutgoingMessage) => string;
  /** The part that `open` read last. */
  part: number;
}

export function createOutboxStore({
  storage,
  secretBox,
  mask,
}: {
  readonly storage: Storage;
  readonly secretBox: SecretBox;
  readonly mask: (message: OutgoingMessage) => string;
}): OutboxStore {
  const entries = storage.collection(outboxEntries);
  const context: Context = { entries, secretBox, mask, part: 0 };
  return {
    insert: (item, now) => insert(context, item, now),
    get: (id) => entries.get(id),
    message: ({ id, value: { sealed } }) =>
      sealed === undefined ? undefined : (secretBox.open(sealed, place(id)) as OutgoingMessage | undefined),
    lease: (entry, now) => lease(context, entry, now),
    renew: (entry, now) => write(context, entry, { ...entry.value, leaseUntil: now + leaseTime }),
    async wait(entry, nextAt) {
      await write(context, entry, { ...withoutLease(entry.value), status: 'waiting', nextAt });
    },
    end(entry, ending, now) {
      const { sealed: _, ...rest } = withoutLease(entry.value);
      return write(context, entry, { ...rest, status: 'done', ending }, { until: now + tombstoneTime });
    },
    reseal: () => resealAll(context),
    open: () => findOpen(context),
  };
}

async function insert({ entries, secretBox, mask }: Context, { id, message }: QueuedItem, now: number) {
  const value: Queued = {
    status: 'waiting',
    channel: message.channel,
    destination: mask(message),
    tries: 0,
    queuedAt: now,
    nextAt: now,
    sealed: secretBox.seal(message, place(id)),
  };
  const version = await entries.insert(id, value);
  return version === undefined ? undefined : stored(id, value, version);
}

async function lease({ entries }: Context, entry: Stored<Queued>, now: number) {
  const { id, value: before } = entry;
  const value: Queued = {
    ...before,
    status: 'sending',
    tries: before.tries + 1,
    leaseUntil: now + leaseTime,
    lease: randomUUID(),
  };
  const version = await entries.replace(id, value, entry.version);
  return version === undefined ? undefined : stored(id, value, version);
}

/**
 * Whether it was written: the entry is as it was found, or still leased to the caller. Its content stays as it is
 * stored: it may be sealed anew meanwhile.
 */
async function write({ entries }: Context, entry: Stored<Queued>, value: Queued, keep?: Keep): Promise<boolean> {
  const { id, value: found, version } = entry;
  let next = value;
  let at = version;
  while ((await entries.replace(id, next, at, keep)) === undefined) {
    const present = await entries.get(id);
    if (found.lease === undefined || present?.value.lease !== found.lease || present.version === at) return false;
    at = present.version;
    if (next.sealed !== undefined) next = { ...next, ...defined({ sealed: present.value.sealed }) };
  }
  return true;
}

async function resealAll({ entries, secretBox }: Context) {
  let [changed, left] = [0, 0];
  for await (const { id, value, version } of allDocuments(entries, window)) {
    if (value.sealed === undefined || secretBox.isCurrent(value.sealed)) continue;
    const message = secretBox.open(value.sealed, place(id));
    const fresh = message === undefined ? undefined : { ...value, sealed: secretBox.seal(message, place(id)) };
    if (fresh && (await entries.replace(id, fresh, version)) !== undefined) changed += 1;
    else left += 1;
  }
  return { changed, left };
}

async function findOpen(context: Context) {
  const { entries } = context;
  const first = await entries.findBy('open', 'all', window);
  if (first.length < window) return { entries: first, more: false };
  context.part = (context.part + 1) % parts.length;
  const more = await entries.findBy('open', `part-${parts.charAt(context.part)}`, window);
  const each = new Map([...first, ...more].map((entry) => [entry.id, entry]));
  return { entries: [...each.values()], more: true };
}
