/**
 * Heartbeats of the server processes on this store: each process writes its own document every few seconds, which
 * expires when the process stops.
 */
import type { Clock } from '../time/clock.ts';
import type { Collection, CollectionSpec, Storage, Version } from '../adapters/storage/port.ts';

export interface NodeDocument {
  /** Host and process number, for people. */
  readonly label: string;
  /** By the clock of that node, ms. */
  readonly startedAt: number;
  readonly at: number;
}

export interface Node extends NodeDocument {
  readonly id: string;
}

export const nodeDocuments: CollectionSpec<NodeDocument> = { name: 'nodes' };

/** After this silence (ms) a node counts as gone. */
const goneAfter = 25_000;
/** At most this many nodes are read. */
const lookedAt = 200;

export interface Heartbeat {
  /**
   * Writes the heartbeat of this process. Returns whether the store took this very call as a write: an answer may have
   * been lost.
   */
  beat(): Promise<boolean>;
  /** Whether the heartbeat in the store is the last one written. */
  isThere(): Promise<boolean>;
  /** All live processes, this one included. */
  nodes(): Promise<readonly Node[]>;
  leave(): Promise<void>;
}

/** @param id new for every process */
export function createHeartbeat({
  storage,
  clock,
  id,
  label,
}: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly id: string;
  readonly label: string;
}): Heartbeat {
  const documents: Collection<NodeDocument> = storage.collection(nodeDocuments);
  const startedAt = clock.now();
  let version: Version | undefined;

  return {
    async beat() {
      const at = clock.now();
      const value = { label, startedAt, at };
      const keep = { until: at + goneAfter };
      version = version === undefined ? undefined : await documents.replace(id, value, version, keep);
      version ??= await documents.insert(id, value, keep);
      const written = version !== undefined;
      // An earlier answer was lost: the document in the store is ours, and the next heartbeat continues from it.
      version ??= (await documents.get(id))?.version;
      return written;
    },
    isThere: async () => (await documents.get(id)) !== undefined,
    nodes: () => nodesIn(documents),
    leave: async () => void (await documents.remove(id)),
  };
}

/** The live server processes, seen from a process that is no server. */
export function watchNodes(storage: Storage): () => Promise<readonly Node[]> {
  const documents = storage.collection(nodeDocuments);
  return () => nodesIn(documents);
}

async function nodesIn(documents: Collection<NodeDocument>): Promise<readonly Node[]> {
  const { items } = await documents.page({ limit: lookedAt });
  return items.map(({ id, value }) => ({ id, ...value }));
}
