import { describe, expect, test } from '@jest/globals';
import { createSecretBox } from '../adapters/secret-box.ts';
import { until } from '../test/harness/until.ts';
import { createPeople, newPendingId, addPending, type People } from '../accounts/person-store.ts';
import {
  eachWithOwnRelay,
  time,
  store,
  people,
  newcomer,
  person,
  line,
  mail,
  ends,
  relayOver,
  pendingOf,
} from '../test/harness/small-relay.ts';

eachWithOwnRelay();

describe('the relay', () => {
  test('delivers right after the write, in order, and removes', async () => {
    const to = ends();
    relayOver(to.parts);
    const { id } = await person();
    await people.change(id, (now) => addPending(now, line('one'), mail('key_off'), line('two'), mail('key_on')));
    time.advance(50);
    await until('all is carried', () => to.lines.size === 2 && to.mails.size === 2);
    expect(to.actions()).toEqual(['one', 'two']);
    await until('it is struck off', async () => {
      time.advance(100);
      return (await pendingOf(id)) === 0;
    });
    expect(to.calls).toEqual({ append: 1, queue: 1, repeated: 0 });
  });

  test('items that come together are written together', async () => {
    const to = ends();
    relayOver(to.parts);
    const everybody = await Promise.all(Array.from({ length: 20 }, (_, at) => person(`p${at}`)));
    await Promise.all(everybody.map(({ id }) => people.change(id, (now) => addPending(now, line(id)))));
    time.advance(50);
    await until('all is carried', () => to.lines.size === 20);
    expect(to.calls.append).toBe(1);
  });

  test('64 items do not wait', async () => {
    const to = ends();
    relayOver(to.parts);
    const { id } = await person();
    await people.change(id, (now) => addPending(now, ...Array.from({ length: 64 }, (_, at) => line(`${at}`))));
    await until('all is carried', () => to.lines.size === 64);
    expect(to.calls.append).toBe(1);
  });

  test('several quick changes of one person cost one removal, and nothing is delivered twice', async () => {
    const to = ends();
    let strikes = 0;
    relayOver({
      ...to.parts,
      people: {
        forget: (id, delivered) => people.forget(id, delivered),
        withPending: (limit) => people.withPending(limit),
        onPending: (listener) => people.onPending(listener),
        change: (id, change) => {
          strikes += 1;
          return people.change(id, change);
        },
      },
    });
    const { id } = await person();
    for (let at = 0; at < 10; at++) {
      await people.change(id, (now) => addPending(now, line(`${at}`)));
      time.advance(60);
      await until('it is carried', () => to.lines.size === at + 1);
    }
    expect(await pendingOf(id)).toBe(10);
    time.advance(1000);
    await until('it is struck off', async () => (await pendingOf(id)) === 0);
    expect(strikes).toBe(1);
    expect(to.calls.repeated).toBe(0);
    expect(to.actions()).toEqual(Array.from({ length: 10 }, (_, at) => `${at}`));
  });

  test('A-431 an account that is removed while its delivered items are taken off is gone with the next delivery', async () => {
    const to = ends();
    let asked = 0;
    let isRemoved = false;
    relayOver({
      ...to.parts,
      people: {
        forget: (id, delivered) => {
          asked += 1;
          return people.forget(id, delivered);
        },
        withPending: (limit) => people.withPending(limit),
        onPending: (listener) => people.onPending(listener),
        async change(id, change) {
          const removes = !isRemoved;
          isRemoved = true;
          if (removes)
            await people.change(id, (now) => ({ ...addPending(now, line('two')), removedAt: time.clock.now() }));
          return people.change(id, change);
        },
      },
    });
    const { id } = await person();
    await people.change(id, (now) => addPending(now, line('one')));
    time.advance(50);
    await until('the first is delivered', () => to.lines.size === 1);
    await until('the account is not forgotten yet', () => {
      if (!isRemoved) time.advance(100);
      return asked === 1;
    });
    expect(to.actions()).toEqual(['one']);
    await until('the account is gone', async () => {
      time.advance(100);
      return (await people.get(id)) === undefined;
    });
    expect(to.actions()).toEqual(['one', 'two']);
  });

  test.each(['append', 'queue'] as const)(
    'while %s fails everything stays pending, then it goes on by itself',
    async (end) => {
      const to = ends();
      to.broken[end] = true;
      relayOver(to.parts);
      const { id } = await person();
      await people.change(id, (now) => addPending(now, line('one'), mail('key_off')));
      time.advance(50);
      await until('it was tried', () => to.calls[end] === 1);
      await until('it was tried again', () => {
        time.advance(200);
        return to.calls[end] >= 2;
      });
      expect(await pendingOf(id)).toBe(2);
      const tries = to.calls[end];
      for (let at = 0; at < 10; at++) {
        time.advance(100);
        await new Promise(setImmediate);
      }
      expect(to.calls[end] - tries).toBeLessThanOrEqual(1);
      to.broken[end] = false;
      await until('it is struck off', async () => {
        time.advance(1000);
        return (await pendingOf(id)) === 0;
      });
      expect([to.lines.size, to.mails.size]).toEqual([1, 1]);
    },
  );

  test('the store fails at the removal: delivered at most twice, and never pending for ever', async () => {
    const to = ends();
    let broken = true;
    relayOver({
      ...to.parts,
      people: {
        forget: (id, delivered) => people.forget(id, delivered),
        withPending: (limit) => people.withPending(limit),
        onPending: (listener) => people.onPending(listener),
        change: (id, change) => {
          if (broken) throw new Error('read-only');
          return people.change(id, change);
        },
      },
    });
    const { id } = await person();
    await people.change(id, (now) => addPending(now, line('one')));
    await until('it was carried', () => {
      time.advance(50);
      return to.lines.size === 1;
    });
    time.advance(5000);
    await new Promise(setImmediate);
    broken = false;
    await until('it is struck off', async () => {
      time.advance(1000);
      return (await pendingOf(id)) === 0;
    });
    expect(to.lines.size).toBe(1);
  });

  test('items of an earlier process are delivered at the start', async () => {
    const { id } = await person();
    await people.change(id, (now) => addPending(now, line('left'), mail('key_off')));
    const to = ends();
    relayOver(to.parts).start();
    time.advance(0);
    await until('it is struck off', async () => (await pendingOf(id)) === 0);
    expect(to.actions()).toEqual(['left']);
    expect(to.mails.size).toBe(1);
  });

  test('items of another process are found, once they are old', async () => {
    const to = ends();
    relayOver(to.parts).start();
    time.advance(0);
    const elsewhere = createPeople({ storage: await store.again(), secretBox: createSecretBox(Buffer.alloc(32, 7)) });
    const { id } = await person();
    await elsewhere.change(id, (now) => addPending(now, line('elsewhere')));
    time.advance(9000);
    await new Promise(setImmediate);
    expect(to.lines.size).toBe(0);
    await until('it is struck off', async () => {
      time.advance(5000);
      return (await pendingOf(id)) === 0;
    });
    expect(to.actions()).toEqual(['elsewhere']);
  });

  test('more items than one look reads: all 1,200 are delivered', async () => {
    for (let at = 0; at < 12; at++) {
      const some = await Promise.all(Array.from({ length: 100 }, (_, nth) => person(`p${at}-${nth}`)));
      await Promise.all(some.map(({ id }) => people.change(id, (now) => addPending(now, line(id)))));
    }
    const to = ends();
    await relayOver(to.parts).flush();
    expect(to.lines.size).toBe(1200);
    expect(await people.withPending(1)).toEqual([]);
  });

  test('A-350 of a hundred accounts at most 32 are written at once when delivered items are removed', async () => {
    const to = ends();
    const everybody = Array.from({ length: 100 }, (_, at) => `id-${at}`);
    let [underWay, most] = [0, 0];
    const written = new Set<string>();
    const many: Pick<People, 'withPending' | 'change' | 'forget' | 'onPending'> = {
      onPending: () => {},
      forget: async () => false,
      withPending: async () =>
        everybody.map((id) => ({
          id,
          version: '1',
          value: { ...newcomer(id), id, pending: [line(id)] },
        })),
      async change(id) {
        underWay += 1;
        most = Math.max(most, underWay);
        await people.count();
        underWay -= 1;
        written.add(id);
        return undefined;
      },
    };
    await relayOver({ ...to.parts, people: many }).flush();
    expect([most, written.size]).toEqual([32, 100]);
  });

  test('A-350 if no sign-in waits, delivered items are removed with their delivery', async () => {
    const to = ends();
    relayOver({ ...to.parts, removeAfter: 0 });
    const { id } = await person();
    await people.change(id, (now) => addPending(now, line('one')));
    time.advance(50);
    await until('it is struck off', async () => (await pendingOf(id)) === 0);
    expect(to.actions()).toEqual(['one']);
  });

  test('pending events of another document are delivered the same way', async () => {
    const to = ends();
    let pending = [
      { id: newPendingId(), event: { at: time.clock.now(), actor: 'cli:ops', action: 'schedule.changed' } },
    ];
    const listeners: (() => void)[] = [];
    relayOver({
      ...to.parts,
      others: [
        {
          async carryOver(append) {
            await append(pending);
            pending = [];
          },
          onPending: (listener) => {
            listeners.push(listener);
          },
        },
      ],
    });
    for (const tell of listeners) tell();
    time.advance(50);
    await until('it is carried', () => pending.length === 0);
    expect(to.actions()).toEqual(['schedule.changed']);
  });

  test('stopping delivers and removes the items that it knows of', async () => {
    const to = ends();
    const relay = relayOver(to.parts);
    const { id } = await person();
    await people.change(id, (now) => addPending(now, line('last')));
    await relay.stop();
    expect(to.actions()).toEqual(['last']);
    expect(await pendingOf(id)).toBe(0);
  });
});
