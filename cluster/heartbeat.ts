/** Which processes have this store open as servers: each says so every few seconds in a document of its own, which expires when it falls silent. */
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

/** Silent for so long, a node is gone, ms. */
const goneAfter = 25_000;
/** Of a cluster with more nodes only so many are read. */
const lookedAt = 200;

export interface Heartbeat {
  /** Says that this process is there. Whether the store took that as a write of this very call: an answer may have been lost. */
  beat(): Promise<boolean>;
  /** Whether what it said stands in the store. */
  isThere(): Promise<boolean>;
  /** Who is there, this process included. */
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
      // An answer was lost on the way: what stands there is ours, and the next beat goes on from it.
      version ??= (await documents.get(id))?.version;
      return written;
    },
    isThere: async () => (await documents.get(id)) !== undefined,
    nodes: () => nodesIn(documents),
    leave: async () => void (await documents.remove(id)),
  };
}

/** Who has the store open as a server, seen from outside. */
export function watchNodes(storage: Storage): () => Promise<readonly Node[]> {
  const documents = storage.collection(nodeDocuments);
  return () => nodesIn(documents);
}

async function nodesIn(documents: Collection<NodeDocument>): Promise<readonly Node[]> {
  const { items } = await documents.page({ limit: lookedAt });
  return items.map(({ id, value }) => ({ id, ...value }));
}
