/** Which processes have this store open as servers: each says so every few seconds in a document of its own, which expires when it falls silent. */
import type { Clock } from '../adapters/clock.ts';
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

/** A node says that it is there this often, ms. */
export const beatEvery = 5_000;
/** Silent for so long, a node is gone, ms. */
export const goneAfter = 25_000;
/** Of a house of more nodes only so many are looked at. */
const lookedAt = 200;

export interface Presence {
  /** Begins to say that this process is there; resolves when it stands in the store. */
  enter(): Promise<void>;
  /** Who is there, this process included. */
  nodes(): Promise<readonly Node[]>;
  leave(): Promise<void>;
}

/** @param id new for every process @param failed a beat could not be written; the next one is tried all the same */
export function createPresence({
  storage,
  clock,
  id,
  label,
  failed = () => undefined,
}: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly id: string;
  readonly label: string;
  readonly failed?: (error: unknown) => void;
}): Presence {
  const documents: Collection<NodeDocument> = storage.collection(nodeDocuments);
  const startedAt = clock.now();
  let version: Version | undefined;
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> = Promise.resolve();

  const beat = async (): Promise<void> => {
    const at = clock.now();
    const value = { label, startedAt, at };
    const keep = { until: at + goneAfter };
    version = version === undefined ? undefined : await documents.replace(id, value, version, keep);
    version ??= await documents.insert(id, value, keep);
    // An answer was lost on the way: what stands there is ours, and the next beat goes on from it.
    version ??= (await documents.get(id))?.version;
  };
  const next = (): void => {
    timer = setTimeout(() => {
      beating = beat()
        .catch(failed)
        .finally(() => {
          if (timer !== undefined) next();
        });
    }, beatEvery);
    timer.unref();
  };

  return {
    async enter() {
      await beat();
      next();
    },
    nodes: () => nodesIn(documents),
    async leave() {
      clearTimeout(timer);
      timer = undefined;
      await beating;
      await documents.remove(id);
    },
  };
}

/** Who has the store open as a server, seen from outside. */
export const nodesOf = (storage: Storage): Promise<readonly Node[]> => nodesIn(storage.collection(nodeDocuments));

async function nodesIn(documents: Collection<NodeDocument>): Promise<readonly Node[]> {
  const { items } = await documents.page({ limit: lookedAt });
  return items.map(({ id, value }) => ({ id, ...value }));
}
