/**
 * Accounts whose sessions must be reviewed. A process without sessions (the command line) stores them, for the servers
 * on the same store.
 */
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';

interface Review {
  /** With every grant and token. */
  readonly all: boolean;
}

export const sessionReviews: CollectionSpec<Review> = { name: 'session-reviews' };

export interface SessionReviews {
  /** By the id of the account; requested twice, it is done once. */
  leave(accountId: string, review: Review): Promise<void>;
  /** Does the stored reviews, and removes each once it is done. */
  carry(work: (accountId: string, review: Review) => Promise<void>): Promise<void>;
}

const atOnce = 50;

export function createSessionReviews(storage: Storage): SessionReviews {
  const reviews = storage.collection(sessionReviews);
  return {
    async leave(accountId, review) {
      for (;;) {
        const left = await reviews.get(accountId);
        if (left?.value.all === true) return;
        const written = left
          ? await reviews.replace(accountId, review, left.version)
          : await reviews.insert(accountId, review);
        if (written !== undefined) return;
      }
    },
    async carry(work) {
      for (;;) {
        const { items } = await reviews.page({ limit: atOnce });
        for (const { id, value, version } of items) {
          await work(id, value);
          await reviews.remove(id, version);
        }
        if (items.length < atOnce) return;
      }
    },
  };
}
