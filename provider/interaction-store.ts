/**
 * One document for each sign-in: the engine's authorization request (`engine`) and the sign-in state of `interactions/`
 * (`state`). One document, because they end together and a step then costs one read and one write.
 */
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import type { Collection, CollectionSpec, Storage, Stored, Version } from '../adapters/storage/port.ts';
import { plainCopy } from './plain-copy.ts';
import { createMemo } from './version-cache.ts';

export interface InteractionDocument {
  readonly engine: AdapterPayload;
  readonly state?: unknown;
}

export const interactionDocuments: CollectionSpec<InteractionDocument> = { name: 'interactions' };

export type StoredInteraction = Stored<InteractionDocument>;

export interface InteractionStore {
  /** The engine's view: it reads and writes its own half only. */
  readonly adapter: Adapter;
  read(uid: string): Promise<StoredInteraction | undefined>;
  /** The copy that this process read last, or a read. May be stale: use it only as the base of a conditional write. */
  seen(uid: string): Promise<StoredInteraction | undefined>;
  /** `undefined` if the race is lost or the sign-in has ended. The given object is not changed later. */
  replace(base: StoredInteraction, value: InteractionDocument, until: number): Promise<Version | undefined>;
}

const remembered = 128;

export function createInteractionStore({
  storage,
  clock,
}: {
  readonly storage: Storage;
  readonly clock: Clock;
}): InteractionStore {
  const documents: Collection<InteractionDocument> = storage.collection(interactionDocuments);
  const memo = createMemo<StoredInteraction>(remembered);

  const read = async (uid: string): Promise<StoredInteraction | undefined> => {
    const stored = await documents.get(uid);
    if (stored) memo.set(uid, stored);
    else memo.delete(uid);
    return stored;
  };
  const replace: InteractionStore['replace'] = async (base, value, until) => {
    const version = await documents.replace(base.id, value, base.version, { until });
    if (version === undefined) memo.delete(base.id);
    else memo.set(base.id, { id: base.id, value, version, until });
    return version;
  };

  const seen: InteractionStore['seen'] = async (uid) => memo.get(uid) ?? read(uid);
  const add = async (uid: string, engine: AdapterPayload, until: number): Promise<boolean> => {
    const version = await documents.insert(uid, { engine }, { until });
    if (version !== undefined) memo.set(uid, { id: uid, value: { engine }, version, until });
    return version !== undefined;
  };
  const remove = (uid: string): Promise<boolean> => {
    memo.delete(uid);
    return documents.remove(uid);
  };
  const known = (uid: string) => memo.get(uid);

  return { read, replace, seen, adapter: engineAdapter({ read, replace, known, add, remove }, clock) };
}

interface Documents extends Pick<InteractionStore, 'read' | 'replace'> {
  /** The copy that this process read last. */
  readonly known: (uid: string) => StoredInteraction | undefined;
  readonly add: (uid: string, engine: AdapterPayload, until: number) => Promise<boolean>;
  readonly remove: (uid: string) => Promise<boolean>;
}

/** The engine's view of the documents. */
function engineAdapter({ read, replace, known, add, remove }: Documents, clock: Clock): Adapter {
  return {
    async upsert(uid, given, expiresIn) {
      const engine = plainCopy(given);
      const until = clock.now() + (expiresIn ?? 0) * 1000;
      let base = known(uid);
      if (!base && (await add(uid, engine, until))) return;
      for (;;) {
        base ??= await read(uid);
        // A sign-in that has ended stays ended.
        if (!base) return;
        if ((await replace(base, { ...base.value, engine }, until)) !== undefined) return;
        base = undefined;
      }
    },
    async find(uid) {
      const stored = await read(uid);
      return stored && plainCopy(stored.value.engine);
    },
    async destroy(uid) {
      // The engine removes the record before it signs the person in: of several requests at once, on any nodes, only
      // one removes it.
      if (!(await remove(uid))) throw new errors.SessionNotFound('interaction session not found');
    },
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    consume: () => Promise.reject(new Error('An interaction is not consumed.')),
    revokeByGrantId: () => Promise.resolve(),
  };
}
