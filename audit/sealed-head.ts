/**
 * Where the chain ends and where its kept part begins, sealed, in a document beside the log, and once more in this process's own folder: who can write
 * the store, but has not the root key, can neither cut the log nor move this back unnoticed. `audit-log.ts` writes it some seconds after an append,
 * so that an append stays one write; a log that is longer than its head is in order.
 */
import { z } from 'zod';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';
import { noHead, type Head } from './hash-chain.ts';

const place = z.strictObject({ segment: z.int().min(0), seq: z.int().min(0), hash: z.string() });
const content = z.strictObject({ last: place, before: place });

export interface KnownHead {
  /** The last line that was there for certain. */
  readonly last: Head;
  /** The last line that was dropped by age; `noHead`: none was. */
  readonly before: Head;
}

/** A second place for the head, outside the store. */
export interface HeadWitness {
  read(): Promise<string | undefined>;
  /** Whole or not at all. */
  write(sealed: string): Promise<void>;
}

export interface SealedHeadStore {
  /** `unreadable`: altered, or sealed under a root key that is not given. */
  read(): Promise<KnownHead | 'unreadable' | undefined>;
  /** What the witness saw last, where there is one. */
  witnessed(): Promise<KnownHead | undefined>;
  /** Makes the head of an empty log; there already: nothing. */
  begin(): Promise<void>;
  /** Never moves it back; one that is missing or unreadable stays so, for `verify` to tell. */
  raise(to: Partial<KnownHead>): Promise<void>;
}

export const auditHeads: CollectionSpec<{ readonly sealed: string }> = { name: 'audit-heads' };

const id = 'head';
const context = 'audit head';
const higher = (a: Head, b: Head): Head => (b.seq > a.seq ? b : a);

export function createSealedHeadStore({
  storage,
  secretBox,
  witness,
}: {
  readonly storage: Storage;
  readonly secretBox: Pick<SecretBox, 'seal' | 'open'>;
  readonly witness?: HeadWitness | undefined;
}): SealedHeadStore {
  const heads: Collection<{ readonly sealed: string }> = storage.collection(auditHeads);
  const seal = (head: KnownHead): string => secretBox.seal(head, context);
  const open = (sealed: string): KnownHead | undefined => content.safeParse(secretBox.open(sealed, context)).data;

  return {
    async read() {
      const stored = await heads.get(id);
      return stored && (open(stored.value.sealed) ?? 'unreadable');
    },
    async witnessed() {
      const seen = await witness?.read();
      return seen === undefined ? undefined : open(seen);
    },
    async begin() {
      await heads.insert(id, { sealed: seal({ last: noHead, before: noHead }) });
    },
    async raise(to) {
      for (;;) {
        const stored = await heads.get(id);
        const known = stored && open(stored.value.sealed);
        if (!known) return;
        const next = { last: higher(known.last, to.last ?? noHead), before: higher(known.before, to.before ?? noHead) };
        if (next.last !== known.last || next.before !== known.before) {
          const written = await heads.replace(id, { sealed: seal(next) }, stored.version);
          if (written === undefined) continue;
        }
        const seen = await this.witnessed();
        if ((seen?.last.seq ?? -1) < next.last.seq) await witness?.write(seal(next));
        return;
      }
    },
  };
}
