/** What was printed since the start, kept in clear so that the helper page can show it: the product itself keeps none of it anywhere. */
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { IssuedKey } from '../admin/services.ts';
import type { DemoCard } from './demo-people.ts';

interface Kept extends DemoCard {
  readonly person: string;
}

export interface IssuedCards {
  /** Passes over what is no card of codes. */
  keep(issued: IssuedKey): Promise<void>;
  of(person: string): Promise<readonly DemoCard[]>;
}

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
    of: async (person) => (await cards.findBy('person', person)).map(({ value }) => value),
  };
}
