/**
 * Leader election: one process at a time runs the background jobs (relay, outbox, sweeping, reminders). The lease is a
 * document. The leader writes it again every few seconds; a process that has seen it unchanged for long enough, by a
 * clock that is never set, takes it. So the nodes need not agree on the time of day.
 */
import type { Collection, CollectionSpec, Storage, Version } from '../adapters/storage/port.ts';

interface LeaseDocument {
  readonly node: string;
}

export const leaseDocuments: CollectionSpec<LeaseDocument> = { name: 'leader-lease' };

/** ms without a renewal after which the leader itself stops. */
const stopsAfter = 11_000;
/** ms without a renewal after which another process takes the lease. */
const takenAfter = 14_000;
const id = 'background';

export interface Leadership {
  /** Whether this process is the leader now. */
  isLeader(): boolean;
  /** Renews, observes or takes the lease; call it every few seconds. Rejects when the store fails. */
  attend(): Promise<void>;
  /** Releases the lease, so that another process need not wait. */
  resign(): Promise<void>;
  /** Called when this process has become the leader. */
  onElected(listener: () => void): void;
}

/** @param node new for every process @param steadily ms of a clock that is never set */
export function createLeadership({
  storage,
  node,
  steadily = () => performance.now(),
}: {
  readonly storage: Storage;
  readonly node: string;
  readonly steadily?: () => number;
}): Leadership {
  const documents: Collection<LeaseDocument> = storage.collection(leaseDocuments);
  const listeners: (() => void)[] = [];
  /** When this process last renewed its own lease. */
  let mine: { readonly version: Version; readonly at: number } | undefined;
  /** The lease of another process, when this version was first seen. */
  let theirs: { readonly version: Version; readonly since: number } | undefined;

  const taken = (version: Version, at: number): void => {
    mine = { version, at };
    theirs = undefined;
    for (const listener of listeners) listener();
  };

  return {
    isLeader: () => mine !== undefined && steadily() - mine.at < stopsAfter,
    async attend() {
      const now = steadily();
      if (mine) {
        const version = await documents.replace(id, { node }, mine.version);
        mine = version === undefined ? undefined : { version, at: now };
        if (mine) return;
      }
      const standing = await documents.get(id);
      if (!standing) {
        const version = await documents.insert(id, { node });
        if (version !== undefined) taken(version, now);
        return;
      }
      if (standing.version !== theirs?.version) theirs = { version: standing.version, since: now };
      // Its own lease, if an answer was lost.
      if (standing.value.node !== node && now - theirs.since < takenAfter) return;
      const version = await documents.replace(id, { node }, standing.version);
      if (version !== undefined) taken(version, now);
    },
    async resign() {
      const version = mine?.version;
      mine = undefined;
      if (version !== undefined) await documents.remove(id, version);
    },
    onElected: (listener) => {
      listeners.push(listener);
    },
  };
}
