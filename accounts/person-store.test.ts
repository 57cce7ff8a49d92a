import { expect, test } from '@jest/globals';
import { overtaken, seeded, withLatency } from '../test/harness/storage-wrappers.ts';
import { temporaryStore } from '../test/harness/temporary-store.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import { removedPerson } from './forget-person.ts';
import { addPending, createPeople } from './person-store.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

test('sixteen people take one name at once: one gets it', async () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const store = await temporaryStore();
    try {
      const people = createPeople({
        storage: withLatency(store.storage, { min: 0, max: 40, seed }),
        secretBox: createSecretBox(Buffer.alloc(32, 7)),
      });
      const spellings = ['An', 'an', ' AN ', 'ａｎ'];
      const draw = seeded(seed);
      const added = await Promise.all(
        Array.from({ length: 16 }, () =>
          people.add({ ...blankAccount, username: spellings[Math.floor(draw() * spellings.length)] ?? 'An' }),
        ),
      );
      expect([seed, added.filter(({ ok }) => ok).length, await people.count()]).toEqual([seed, 1, 1]);
    } finally {
      await store.close();
    }
  }
});

test('B6-04 eight people bind one device at once: one succeeds, the others are unchanged', async () => {
  const old = {
    id: 'old',
    factor: 'card',
    detail: '',
    status: 'active',
    boundAt: 1,
    source: 'issued',
    attempts: { count: 0, lastAt: 0 },
  } as const;
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const store = await temporaryStore();
    try {
      const people = createPeople({
        storage: withLatency(store.storage, { min: 0, max: 40, seed }),
        secretBox: createSecretBox(Buffer.alloc(32, 7)),
      });
      const added = await Promise.all(
        Array.from({ length: 8 }, (_, index) => people.add({ ...blankAccount, username: `an-${index}`, keys: [old] })),
      );
      const ids = added.flatMap((one) => (one.ok ? [one.person.id] : []));
      const bind = (id: string) =>
        people.updateWithUnique(id, 'device-1', (person) => ({
          account: {
            ...person,
            keys: [
              ...person.keys.map((key) => ({ ...key, status: 'off' as const })),
              { ...old, id: 'new', factor: 'device', unique: 'device-1' },
            ],
          },
          result: 'new',
        }));
      const bound = await Promise.all(ids.map(bind));
      const now = await Promise.all(ids.map((id) => people.get(id)));
      const active = now.map((person) =>
        person?.keys.flatMap(({ id, status }) => (status === 'active' ? [id] : [])).join(),
      );
      expect([seed, bound.filter((one) => one !== 'taken').length]).toEqual([seed, 1]);
      expect(bound.find((one) => one !== 'taken')).toMatchObject({
        result: 'new',
        account: { username: expect.any(String) },
      });
      expect([seed, active.filter((one) => one === 'new').length]).toEqual([seed, 1]);
      expect([seed, active.filter((one) => one === 'old').length]).toEqual([seed, 7]);
      const owner = now.find((person) => person?.keys.some(({ id }) => id === 'new'));
      expect((await people.findByDevice('device-1'))?.person.id).toBe(owner?.id);
      // The same person cannot bind it twice either; it is free again once it is off.
      expect(await bind(owner?.id ?? '')).toBe('taken');
      await people.change(owner?.id ?? '', (person) => ({
        ...person,
        keys: person.keys.map(({ unique: _free, ...key }) => ({ ...key, status: 'off' })),
      }));
      expect(await people.findByDevice('device-1')).toBeUndefined();
      expect(await bind(ids.find((id) => id !== owner?.id) ?? '')).not.toBe('taken');
    } finally {
      await store.close();
    }
  }
});

test('A-246: the loser of a race for a device keeps the permit and the bar for new keys', async () => {
  const removed = {
    id: 'removed',
    factor: 'passkey',
    detail: '',
    status: 'off',
    offBecause: 'removed',
    boundAt: 1,
    source: 'enrolled',
    attempts: { count: 0, lastAt: 0 },
  } as const;
  const permit = { id: 'permit', at: 1, until: 2, by: 'cli:ann' };
  let wrote = 0;
  let stores = 0;
  // Until more than one has written, or tried to, in one round.
  while (wrote <= stores && stores < 20) {
    stores += 1;
    const store = await temporaryStore();
    try {
      const people = createPeople({
        storage: withLatency(store.storage, { min: 0, max: 40, seed: stores }),
        secretBox: createSecretBox(Buffer.alloc(32, 7)),
      });
      const added = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          people.add({ ...blankAccount, username: `an-${index}`, permit, keys: [removed] }),
        ),
      );
      const ids = added.flatMap((one) => (one.ok ? [one.person.id] : []));
      const bind = (id: string) =>
        people.updateWithUnique(id, 'device-1', ({ permit: _used, ...person }) => {
          wrote += 1;
          const settled = person.keys.map((key) => Object.assign({}, key, { settled: true as const }));
          const made = { ...removed, id: 'new', status: 'active', unique: 'device-1' } as const;
          return { account: { ...person, keys: [...settled, made] }, result: undefined };
        });
      const bound = await Promise.all(ids.map(bind));
      for (const [index, id] of ids.entries())
        if (bound[index] === 'taken') expect(await people.get(id)).toMatchObject({ permit, keys: [removed] });
      for (const [index, id] of ids.entries())
        if (bound[index] === 'taken') expect((await people.get(id))?.keys[0]).not.toHaveProperty('settled');
    } finally {
      await store.close();
    }
  }
  expect(wrote).toBeGreaterThan(stores);
});

test('an update returns the written account with the result of the same decision', async () => {
  const store = await temporaryStore();
  try {
    let faster: (() => Promise<unknown>) | undefined;
    const storage = overtaken(store.storage, 'replace', async () => {
      const once = faster;
      faster = undefined;
      await once?.();
    });
    const people = createPeople({ storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
    const added = await people.add({ ...blankAccount, username: 'An' });
    if (!added.ok) throw new Error('not added');
    const { id } = added.person;
    const names: (string | undefined)[] = [];
    faster = () => people.change(id, (person) => ({ ...person, givenName: 'Anna' }));
    const updated = await people.update(id, (account) => {
      names.push(account.givenName);
      return { account: { ...account, familyName: 'Claes' }, result: account.givenName };
    });
    expect(names).toEqual([undefined, 'Anna']);
    expect(updated?.result).toBe('Anna');
    expect(updated?.account).toEqual(await people.get(id));
    expect(updated?.account).toMatchObject({ givenName: 'Anna', familyName: 'Claes' });
    expect(await people.update(id, ({ givenName }) => ({ result: givenName }))).toEqual({ result: 'Anna' });
    expect(await people.update('blankAccount', () => ({ result: 1 }))).toBeUndefined();
  } finally {
    await store.close();
  }
});

test('A-350 an id that another account has is told, and the name stays free', async () => {
  const store = await temporaryStore();
  try {
    const people = createPeople({ storage: store.storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
    await people.add({ ...blankAccount, id: 'one', username: 'an' });
    expect(await people.add({ ...blankAccount, id: 'one', username: 'bo' })).toEqual({ ok: false, taken: 'id' });
    expect(await people.add({ ...blankAccount, id: 'one', username: 'an' })).toEqual({ ok: false, taken: 'id' });
    expect((await people.findByUsername('an'))?.id).toBe('one');
    expect(await people.findByUsername('bo')).toBeUndefined();
    expect(await people.add({ ...blankAccount, id: 'two', username: 'bo' })).toMatchObject({ ok: true });
  } finally {
    await store.close();
  }
});

test('A-352 a removed account goes once nothing is pending, with its name and devices; any other stays', async () => {
  const store = await temporaryStore();
  try {
    const people = createPeople({ storage: store.storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
    await people.add({ ...blankAccount, id: 'one', username: 'an', email: { address: 'an@example.org' } });
    const key = { id: 'k', factor: 'device', detail: 'blue', unique: 'number', status: 'active', boundAt: 1 } as const;
    const bound = { ...key, source: 'enrolled', attempts: { count: 0, lastAt: 0 } } as const;
    await people.updateWithUnique('one', 'number', (person) => ({ account: { ...person, keys: [bound] }, result: 0 }));
    expect(await people.forget('one', new Set())).toBe(false);
    const line = { kind: 'audit', id: 'i', event: { at: 1, actor: 'x', action: 'person.removed' } } as const;
    await people.change('one', (person) => addPending(removedPerson(person, 5), line));
    const left = await people.get('one');
    expect(left).toMatchObject({ disabled: true, removedAt: 5, groups: [], sessionsEnded: 1 });
    expect(JSON.stringify(left)).not.toMatch(/example|blue/);
    const [sessions] = left?.pending.filter(({ kind }) => kind === 'sessions') ?? [];
    expect(await people.forget('one', new Set(['i']))).toBe(false);
    expect(await people.forget('one', new Set(['i', sessions?.id ?? '']))).toBe(true);
    expect([await people.get('one'), await people.findByDevice('number')]).toEqual([undefined, undefined]);
    const report = await store.storage.inspect?.({ reading: false });
    expect(report?.collections.map(({ documents }) => documents)).toEqual([0, 0]);
    expect(await people.forget('one', new Set())).toBe(false);
  } finally {
    await store.close();
  }
});
