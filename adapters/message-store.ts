/**
 * Stores the last messages of a deployment that sends nothing, on any channel; the demo's helper page shows them. They
 * are in the store in clear text, codes included, so this is only for a deployment without secrets.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../time/clock.ts';
import { allDocuments } from './storage/all-pages.ts';
import type { Collection, CollectionSpec, Storage } from './storage/port.ts';

export interface KeptMessage {
  readonly channel: 'email' | 'sms';
  readonly to: string;
  /** Absent for a text message. */
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
  readonly language?: string;
  /** ms since the epoch. */
  readonly at: number;
}

export interface KeptMessages {
  /** Rejects when the store does. */
  keep(message: Omit<KeptMessage, 'at'>): Promise<void>;
  /** Oldest first. */
  messages(): Promise<readonly KeptMessage[]>;
  /** Deletes all of them. Rejects when the store does. */
  empty(): Promise<void>;
  /** Called after every message that this process stores; the returned function removes the listener. */
  onMessage(listener: () => void): () => void;
}

const keptAtMost = 500;
/** Old messages are removed after this many sendings. */
const tidyEvery = 20;

export const keptMessages: CollectionSpec<KeptMessage> = { name: 'kept-messages' };

export function createKeptMessages({
  storage,
  clock,
}: {
  readonly storage: Storage;
  readonly clock: Clock;
}): KeptMessages {
  const kept: Collection<KeptMessage> = storage.collection(keptMessages);
  const listeners = new Set<() => void>();
  let count = 0;

  /** In order of time; within one millisecond in the order of this process. */
  const newId = (at: number): string =>
    `${String(at).padStart(15, '0')}-${String(count).padStart(9, '0')}-${randomBytes(6).toString('hex')}`;
  const tidy = async (): Promise<void> => {
    const excess = (await kept.count()) - keptAtMost;
    if (excess <= 0) return;
    const { items } = await kept.page({ limit: excess });
    for (const { id } of items) await kept.remove(id);
  };

  return {
    async keep(message) {
      count += 1;
      const at = clock.now();
      await kept.insert(newId(at), { ...message, at });
      if (count % tidyEvery === 0) await tidy();
      for (const listener of listeners) listener();
    },
    async messages() {
      const all: KeptMessage[] = [];
      for await (const { value } of allDocuments(kept, keptAtMost)) all.push(value);
      return all.slice(-keptAtMost);
    },
    async empty() {
      for (;;) {
        const { items } = await kept.page({ limit: keptAtMost });
        if (items.length === 0) return;
        for (const { id } of items) await kept.remove(id);
      }
    },
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
