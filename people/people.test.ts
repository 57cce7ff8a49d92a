import { expect, test } from '@jest/globals';
import { seeded, withLatency } from '../test/harness/storage-wrappers.ts';
import { temporaryStore } from '../test/harness/temporary-store.ts';
import { createPeople } from './people.ts';

const nobody = {
  language: 'nl',
  groups: [],
  disabled: false,
  createdAt: 1,
  passwordAttempts: {},
  otherAttempts: {},
  keys: [],
  postponements: {},
  sendings: [],
  pending: [],
} as const;

test('of sixteen who take one name at once, one has it', async () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const store = await temporaryStore();
    try {
      const people = createPeople({ storage: withLatency(store.storage, { min: 0, max: 40, seed }) });
      const spellings = ['An', 'an', ' AN ', 'ａｎ'];
      const draw = seeded(seed);
      const added = await Promise.all(
        Array.from({ length: 16 }, () =>
          people.add({ ...nobody, username: spellings[Math.floor(draw() * spellings.length)] ?? 'An' }),
        ),
      );
      expect([seed, added.filter(({ ok }) => ok).length, await people.count()]).toEqual([seed, 1, 1]);
    } finally {
      await store.close();
    }
  }
});
