/**
 * What the store keeps of a registration desk beside the accounts: which activations it issued lately, for its list,
 * and how often its clerks looked for people.
 */
import { randomBytes } from 'node:crypto';
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import { createQuotaStore, type QuotaStore, type QuotaTally } from '../messages/quota-store.ts';

/** An activation that a desk issued: no name, no code. */
export interface DeskLetter {
  /** The group that is the desk. */
  readonly desk: string;
  /** The clerk's account. */
  readonly by: string;
  readonly person: string;
  readonly activation: string;
  readonly at: number;
}

export const deskLetters: CollectionSpec<DeskLetter> = {
  name: 'desk-letters',
  indexes: { desk: ({ desk }) => desk },
};

export const deskLookups: CollectionSpec<QuotaTally> = { name: 'desk-lookups' };

export interface DeskRecords {
  readonly lookups: QuotaStore;
  addLetter(letter: DeskLetter): Promise<void>;
  /** Of one desk, the newest first; at most `limit`. */
  letters(desk: string, limit: number): Promise<readonly DeskLetter[]>;
}

/** Longer than any activation: 60 days, then some (ms). */
const kept = 90 * 86_400_000;
/** Later than any instant (ms): ids of newer letters come first. */
const far = 9_999_999_999_999;

export function createDeskRecords(storage: Storage): DeskRecords {
  const letters = storage.collection(deskLetters);
  return {
    lookups: createQuotaStore(storage, deskLookups),
    async addLetter(letter) {
      const id = `${String(far - letter.at).padStart(13, '0')}-${randomBytes(9).toString('base64url')}`;
      await letters.insert(id, letter, { until: letter.at + kept });
    },
    letters: async (desk, limit) => (await letters.findBy('desk', desk, limit)).map(({ value }) => value),
  };
}
