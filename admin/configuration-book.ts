/**
 * What the store knows of the deployment's configurations: the one that was accepted last, which one is in force, which
 * were told to strand people, and what an administrator accepted. One document. Use cases decide; this file keeps.
 */
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';
import { newPendingId } from '../accounts/person-store.ts';
import type { AuditEvent } from '../accounts/person.ts';
import type { ConfigurationFacts } from './configuration-facts.ts';

export interface AcceptedConfiguration {
  readonly digest: string;
  readonly facts: ConfigurationFacts;
  /** ms */
  readonly at: number;
}

/** So many people may be left without a way in by the configuration of this digest. */
export interface Allowance {
  readonly digest: string;
  readonly stranded: number;
  readonly reason: string;
  readonly by: string;
  /** ms */
  readonly at: number;
}

export interface ConfigurationRecord {
  /** What a later configuration is compared with. */
  readonly accepted?: AcceptedConfiguration;
  /** Of the leader that looked last, and from when on (ms). */
  readonly present?: { readonly digest: string; readonly since: number };
  /** Configurations that strand people, each told in the audit log at this instant (ms); the newest first. */
  readonly told: readonly { readonly digest: string; readonly at: number }[];
  /** The newest first. */
  readonly allowed: readonly Allowance[];
  /** Audit events that are not in the audit log yet. */
  readonly pending: readonly { readonly id: string; readonly event: AuditEvent }[];
}

export interface ConfigurationBook {
  read(): Promise<ConfigurationRecord>;
  /**
   * Replaces the record by what `make` gives of the freshest one, tried again when the race is lost; `undefined` leaves
   * it. The record afterwards.
   */
  change(make: (record: ConfigurationRecord) => ConfigurationRecord | undefined): Promise<ConfigurationRecord>;
  /**
   * Hands over the pending audit events and removes them; after a crash in between the same come again under the same
   * ids.
   */
  carryOver(append: (lines: ConfigurationRecord['pending']) => Promise<void>): Promise<void>;
}

export const configurationRecords: CollectionSpec<ConfigurationRecord> = { name: 'configurations' };
const id = 'current';
const empty: ConfigurationRecord = { told: [], allowed: [], pending: [] };

export function createConfigurationBook(storage: Pick<Storage, 'collection'>): ConfigurationBook {
  const records: Collection<ConfigurationRecord> = storage.collection(configurationRecords);
  const change: ConfigurationBook['change'] = async (make) => {
    for (;;) {
      const stored = await records.get(id);
      const present = stored?.value ?? empty;
      const next = make(present);
      if (!next) return present;
      const version = stored ? await records.replace(id, next, stored.version) : await records.insert(id, next);
      if (version !== undefined) return next;
    }
  };
  return {
    read: async () => (await records.get(id))?.value ?? empty,
    change,
    async carryOver(append) {
      const { pending } = (await records.get(id))?.value ?? empty;
      if (pending.length === 0) return;
      await append(pending);
      const done = new Set(pending.map((line) => line.id));
      await change((record) => ({ ...record, pending: record.pending.filter((line) => !done.has(line.id)) }));
    },
  };
}

/**
 * A process that dies and comes again while another configuration is in force for less than this (ms) tells nothing
 * anew: a rolling start.
 */
const day = 86_400_000;
/** An acceptance counts for this long (ms). */
const allowedFor = 30 * day;
const kept = 20;

/** What a leader found. */
export interface Found {
  readonly digest: string;
  readonly facts: ConfigurationFacts;
  /** People who have a way in under the accepted configuration, and none under this one. */
  readonly stranded: number;
  /** Some relying party, or all, that no factor would open any more, or no administrator left: nothing accepts that. */
  readonly closes: boolean;
  /** ms */
  readonly now: number;
  /** What the audit says where it is told. */
  readonly event: AuditEvent;
}

export const allowanceFor = ({ allowed }: ConfigurationRecord, digest: string, now: number): Allowance | undefined =>
  allowed.find((one) => one.digest === digest && now - one.at < allowedFor);

/** Whether this may be what later configurations are compared with. */
export const isAcceptable = (
  record: ConfigurationRecord,
  { digest, stranded, closes, now }: Omit<Found, 'event' | 'facts'>,
) => !closes && stranded <= (allowanceFor(record, digest, now)?.stranded ?? 0);

/** The record after a leader has looked; `undefined`: as it is. */
export function afterLook(record: ConfigurationRecord, found: Found): ConfigurationRecord | undefined {
  const { digest, facts, now, event } = found;
  const isPresent = record.present?.digest === digest;
  const next = isPresent ? record : { ...record, present: { digest, since: now } };
  if (record.accepted?.digest === digest) return isPresent ? undefined : next;
  if (isAcceptable(record, found)) return { ...next, accepted: { digest, facts, at: now } };
  const isTold = record.told.some((one) => one.digest === digest);
  const isRolling = record.present !== undefined && now - record.present.since < day;
  if (isTold && (isPresent || isRolling)) return isPresent ? undefined : next;
  return {
    ...next,
    told: [{ digest, at: now }, ...record.told.filter((one) => one.digest !== digest)].slice(0, kept),
    pending: [...record.pending, { id: newPendingId(), event }],
  };
}

/** The record after an administrator has accepted; where it is in force already it is compared with from now on. */
export function afterAcceptance(
  record: ConfigurationRecord,
  allowance: Allowance,
  facts: ConfigurationFacts,
  event: AuditEvent,
): ConfigurationRecord {
  const { digest, at } = allowance;
  return {
    ...record,
    ...(record.present?.digest === digest && { accepted: { digest, facts, at } }),
    allowed: [allowance, ...record.allowed.filter((one) => one.digest !== digest)].slice(0, kept),
    pending: [...record.pending, { id: newPendingId(), event }],
  };
}
