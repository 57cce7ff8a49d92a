import { expect, test } from '@jest/globals';
import { createSecretBox } from '../adapters/secret-box.ts';
import { createPeople } from '../accounts/person-store.ts';
import { temporaryStore } from '../test/harness/temporary-store.ts';
import { countOther } from './attempt-counter.ts';

const limits = { pauseAfter: 1, blockAfter: 5 };

test('why a try is refused is said of the person as they stand, not of a remembered copy', async () => {
  const store = await temporaryStore();
  try {
    const here = createPeople({ storage: store.storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
    const elsewhere = createPeople({ storage: await store.again(), secretBox: createSecretBox(Buffer.alloc(32, 7)) });
    const added = await here.add({
      username: 'an',
      language: 'nl',
      groups: [],
      disabled: false,
      createdAt: 1,
      passwordAttempts: {},
      otherAttempts: { email: { count: 2, lastAt: 1_000 } },
      keys: [],
      postponements: {},
      sendings: [],
      pending: [],
    });
    if (!added.ok) throw new Error('The name is taken.');
    const { id } = added.person;
    expect(await countOther(here, id, 'email', 1_001, limits)).toEqual({
      ok: false,
      reason: 'attempts_paused',
      until: 61_000,
    });
    await elsewhere.change(id, (person) => ({ ...person, disabled: true, otherAttempts: {} }));
    expect(await countOther(here, id, 'email', 1_002, limits)).toEqual({ ok: false, reason: 'account_disabled' });
  } finally {
    await store.close();
  }
});
