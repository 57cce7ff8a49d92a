/**
 * Remembers the codes of cards that were issued since the start, in clear text, so that the helper page can show them:
 * the product itself stores none.
 */
import { allDocuments } from '../adapters/storage/all-pages.ts';
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { IssuedKey } from '../admin/services.ts';
import type { DemoCard } from './demo-people.ts';

interface Kept extends DemoCard {
  readonly person: string;
}

export interface IssuedCards {
  /** Ignores issued keys that are not cards of codes. */
  keep(issued: IssuedKey): Promise<void>;
  /** The key was deleted for good. */
  forget(key: string): Promise<void>;
  of(person: string): Promise<readonly DemoCard[]>;
  /** Forgets all of them. */
  empty(): Promise<void>;
}

const pageSize = 100;

export const issuedCards: CollectionSpec<Kept> = {
  name: 'demo-issued',
  indexes: { person: ({ person }) => person },
};

export function createIssuedCards(storage: Storage): IssuedCards {
  const cards = storage.collection(issuedCards);
  return {
    async keep({ person, key, clear: { serial, codes } }) {
      if (typeof serial !== 'string' || typeof codes !== 'object' || codes === null) return;
      await cards.insert(key, { person, serial, codes: codes as DemoCard['codes'] });
    },
    async forget(key) {
      await cards.remove(key);
    },
    of: async (person) => (await cards.findBy('person', person)).map(({ value }) => value),
    async empty() {
      for await (const { id } of allDocuments(cards, pageSize)) await cards.remove(id);
    },
  };
}
