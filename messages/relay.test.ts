import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createAuditTrail } from '../audit/audit-log.ts';
import { systemClock } from '../time/clock.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import { movedTime, type MovedTime } from '../test/harness/moved-time.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { until } from '../test/harness/until.ts';
import { createOutboxStore, type QueuedItem } from './outbox-store.ts';
import { createOutbox } from './outbox.ts';
import { createPeople, newPendingId, addPending, type People } from '../accounts/person-store.ts';
import type { PendingItem, Person } from '../accounts/person.ts';
import { createRelay, type PendingLine, type Relay, type RelayParts } from './relay.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const silent = pino({ level: 'silent' });

let time: MovedTime;
let store: TemporaryStore;
let people: People;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  time = movedTime();
  store = await temporaryStore(time.clock);
  people = createPeople({ storage: store.storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  await store.close();
});

const newcomer = (username: string): Omit<Person, 'id'> => ({
  ...blankAccount,
  username,
  createdAt: 0,
});
async function person(username = 'els'): Promise<Person> {
  const added = await people.add(newcomer(username));
  if (!added.ok) throw new Error('taken');
  return added.person;
}
const line = (action: string): PendingItem => ({
  kind: 'audit',
  id: newPendingId(),
  event: { at: time.clock.now(), actor: 'els', action },
});
const mail = (template: string): PendingItem => ({
  kind: 'message',
  id: newPendingId(),
  message: {
    channel: 'email',
    to: 'els@example.org',
    language: 'nl',
    source: 'core',
    template,
    data: {},
    queuedAt: time.clock.now(),
  },
});

/** Outbox and audit log as they must be, idempotent by id; both can be made to fail. */
function ends() {
  const lines = new Map<string, PendingLine>();
  const mails = new Map<string, QueuedItem>();
  const calls = { append: 0, queue: 0, repeated: 0 };
  const broken = { append: false, queue: false };
  const parts: Pick<RelayParts, 'outbox' | 'audit'> = {
    outbox: {
      async queue(items) {
        calls.queue += 1;
        if (broken.queue) throw new Error('queue full');
        for (const item of items) {
          if (mails.has(item.id)) calls.repeated += 1;
          mails.set(item.id, item);
        }
      },
    },
    audit: {
      async append(items) {
        calls.append += 1;
        if (broken.append) throw new Error('audit full');
        for (const item of items) {
          if (lines.has(item.id)) calls.repeated += 1;
          lines.set(item.id, item);
        }
      },
    },
  };
  const actions = () => [...lines.values()].map((item) => item.event.action);
  return { lines, mails, calls, broken, parts, actions };
}
function relayOver(over: Partial<RelayParts> & Pick<RelayParts, 'outbox' | 'audit'>): Relay {
  const relay = createRelay({ people, clock: time.clock, scheduler: time.scheduler, log: silent, ...over });
  closing.push(() => relay.stop());
  return relay;
}
const pendingOf = async (id: string) => (await people.get(id))?.pending.length;

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

describe('D-08 killed between two steps', () => {
  const child = join(import.meta.dirname, '../test/crash/relay-child.ts');

  /** Lets the child work until it has printed `mark` this often, then kills it. Returns the messages that it sent. */
  async function killAt(mark: string, times: number): Promise<string[]> {
    const sentFile = join(store.folder, 'sent');
    const running = spawn(process.execPath, [child, store.address, sentFile], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    running.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').filter((word) => word === mark).length >= times) running.kill('SIGKILL');
    });
    await once(running, 'exit');
    expect(running.signalCode).toBe('SIGKILL');
    const sent = await readFile(sentFile, 'utf8').catch(() => '');
    return sent.split('\n').filter((text) => text !== '');
  }

  test.each([
    ['written', 1],
    ['written', 9],
    ['queued', 2],
    ['appended', 2],
    ['sent', 1],
    ['sent', 12],
    ['struck', 2],
  ])('after %s (%i): audit exactly once, notices at least once, codes at most once', async (mark, times) => {
    const sentBefore = await killAt(mark, times);
    const storage = await store.again();
    const afterwards = createPeople({ storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
    // After the leases of the killed process.
    const clock = { now: () => systemClock.now() + 60_000 };
    const trail = createAuditTrail({ storage, clock, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
    const sentAfter: string[] = [];
    const secretBox = createSecretBox(Buffer.alloc(32, 7));
    const outbox = createOutbox({
      storage,
      secretBox,
      clock,
      senders: {
        email: {
          async send({ text }) {
            sentAfter.push(text);
            return { kind: 'sent' };
          },
        },
      },
      render: (message) => ({ subject: '', text: `${message.template} ${message.data['number']}` }),
      log: silent,
    });
    closing.push(() => outbox.stop());
    const relay = createRelay({ people: afterwards, outbox, audit: trail, clock, log: silent });
    closing.push(() => relay.stop());
    outbox.start();
    await relay.flush();
    const queue = createOutboxStore({ storage: await store.again(), secretBox, mask: () => '' });
    await until('the queue is empty', async () => (await queue.open()).entries.length === 0);

    expect(await afterwards.withPending(1)).toEqual([]);
    const changes = Number((await afterwards.findByUsername('els'))?.givenName);
    expect(changes).toBeGreaterThanOrEqual(1);
    const each = (what: string) => Array.from({ length: changes }, (_, at) => `${what}${at + 1}`).toSorted(byText);
    const actions = (await trail.list({ limit: 1000 })).map((one) => one.event.action);
    expect(actions.filter((action) => action.startsWith('change')).toSorted(byText)).toEqual(each('change.'));
    expect(await trail.verify()).toMatchObject({ ok: true });
    const sent = [...sentBefore, ...sentAfter];
    const notices = sent.filter((text) => text.startsWith('notice'));
    expect([...new Set(notices)].toSorted(byText)).toEqual(each('notice '));
    const codes = sent.filter((text) => text.startsWith('code'));
    expect(new Set(codes).size).toBe(codes.length);
  });
});
