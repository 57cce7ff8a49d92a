import { expect, test } from '@jest/globals';
import { createSecretBox } from '../adapters/secret-box.ts';
import { createPeople } from '../accounts/person-store.ts';
import { temporaryStore } from '../test/harness/temporary-store.ts';
import { countOther, tellOfWrongAnswer } from './attempt-counter.ts';
import type { Key, Person } from '../accounts/person.ts';
import { counting } from '../test/harness/storage-wrappers.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const limits = { pauseAfter: 1, blockAfter: 5 };

test('the reason of a refused try comes from the present account, not from a cached copy', async () => {
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

const day = 86_400_000;
const device: Key = {
  id: 'd',
  factor: 'toy',
  label: 'Blue',
  detail: '',
  status: 'active',
  boundAt: 1,
  source: 'enrolled',
  sealed: 'sealed',
  attempts: { count: 1, lastAt: 1_000 },
};

test('A-209c a possible copy of a key is reported once a day for each key, in one write, however many answers arrive at once', async () => {
  const store = await temporaryStore();
  try {
    const watched = counting(store.storage);
    const secretBox = createSecretBox(Buffer.alloc(32, 7));
    const nodes = [
      createPeople({ storage: watched, secretBox }),
      createPeople({ storage: await store.again(), secretBox }),
    ] as const;
    const added = await nodes[0].add({
      ...blankAccount,
      username: 'an',
      email: { address: 'an@example.org' },
      keys: [device, { ...device, id: 'e', label: 'Red' }],
    });
    if (!added.ok) throw new Error('The name is taken.');
    const { id } = added.person;
    const now = (): Promise<Person> => nodes[0].get(id) as Promise<Person>;
    const keyNow = async (key: string) => (await now()).keys.find((one) => one.id === key) as Key;
    const wrong = { pauseAfter: 5, blockAfter: 50 };
    const tell = async (key: string, at: number, node: 0 | 1 = 0) =>
      tellOfWrongAnswer(nodes[node], id, await keyNow(key), 'device_copied', at, wrong);
    const events = async () =>
      (await now()).pending.flatMap((item) => {
        if (item.kind === 'audit') return [item.event.action];
        return item.kind === 'message' ? [`${item.message.template} ${item.message.data['label']}`] : [];
      });

    expect(await tellOfWrongAnswer(nodes[0], id, device, 'device_answer_wrong', 1_000, wrong)).toEqual([]);
    watched.reset();
    const seen = await keyNow('d');
    const at = [0, 1, 0, 1, 0, 1].map((node) =>
      tellOfWrongAnswer(nodes[node as 0 | 1], id, seen, 'device_copied', 1_000, wrong),
    );
    expect((await Promise.all(at)).flat()).toEqual([
      { level: 'error', facts: { event: 'key.copied', factor: 'toy', key: 'd', person: id } },
    ]);
    expect(await events()).toEqual(['key.copied', 'key_copied Blue']);
    // Reported already: only this test itself reads or writes.
    const told = await keyNow('d');
    watched.reset();
    expect(await tellOfWrongAnswer(nodes[0], id, told, 'device_copied', 1_000 + day - 1, wrong)).toEqual([]);
    expect(watched.calls().total).toBe(0);
    expect(await tell('e', 2_000)).toHaveLength(1);
    expect(await tell('d', 1_000 + day, 1)).toHaveLength(1);
    expect(await events()).toEqual([
      'key.copied',
      'key_copied Blue',
      'key.copied',
      'key_copied Red',
      'key.copied',
      'key_copied Blue',
    ]);
    // Together with the alarm about guessing: both in one write.
    watched.reset();
    const guessed = { ...(await keyNow('e')), attempts: { count: 1, lastAt: 0, days: { 2: 50 } } };
    const both = await tellOfWrongAnswer(nodes[1], id, guessed, 'device_copied', 2 * day + 2_000, wrong);
    expect(both.map(({ facts }) => facts['event'])).toEqual(['key.guessed', 'key.copied']);
  } finally {
    await store.close();
  }
});
