/** What the MongoDB store reports about a write whose answer was lost, and that it reports nothing wrong. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { StorageUnavailable, type Collection, type Storage } from '../../adapters/storage/port.ts';
import { openMongodb, type MongodbOptions } from '../../adapters/storage/mongodb/open-mongodb.ts';
import { mongodbBehindProxy } from '../harness/mongodb-behind-proxy.ts';
import type { MongodbServer } from '../harness/mongodb-server.ts';
import type { Command, Fate, TcpProxy } from '../harness/tcp-proxy.ts';
import { withMongodb } from '../harness/with-mongodb.ts';

interface Note {
  readonly text: string;
  readonly owner?: string;
}

let server: MongodbServer;
let proxy: TcpProxy;
let database: string;
let storage: Storage;
let notes: Collection<Note>;
/** Not through the proxy: the real state. */
let aside: Collection<Note>;
const opened: Storage[] = [];
const time = { now: 1_000 };

/**
 * Milliseconds for a call, where an answer never comes. Elsewhere there is plenty: a busy machine is not what is
 * tested.
 */
const short = 4_000;

const declared = { name: 'notes', indexes: { owner: (note: Note) => note.owner } };
async function open(options: Partial<MongodbOptions> = {}): Promise<Storage> {
  const clock = { now: () => time.now };
  const made = await openMongodb({
    uri: server.uri(database, proxy.address),
    clock,
    doesServerExpire: false,
    timeout: 30_000,
    ...options,
  });
  opened.push(made);
  return made;
}

withMongodb('a write whose answer is lost', () => {
  mongodbBehindProxy((parts) => ({ server, proxy } = parts));
  beforeEach(async () => {
    database = server.newDatabase();
    storage = await open();
    notes = storage.collection<Note>(declared);
    const direct = await open({ uri: server.uri(database) });
    aside = direct.collection<Note>(declared);
    await notes.count();
    await aside.count();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await server.drop(database);
  });

  /** The first command of this name has this fate, all others pass. */
  const first = (name: string, fate: Fate): void => {
    let isOver = false;
    proxy.fate = (command) => {
      if (isOver || command.name !== name) return 'pass';
      isOver = true;
      return fate;
    };
  };
  const always = (fits: (command: Command) => boolean, fate: Fate): void => {
    proxy.fate = (command) => (fits(command) ? fate : 'pass');
  };
  const reason = async (call: Promise<unknown>): Promise<string> => {
    try {
      await call;
      return 'answered';
    } catch (error) {
      return error instanceof StorageUnavailable ? error.reason : `threw ${String(error)}`;
    }
  };
  const lost = ['swallow', 'cut-after'] as const;

  test.each(lost)('an insert is known again by its token (%s)', async (fate) => {
    if (fate === 'swallow') notes = (await open({ timeout: short })).collection<Note>(declared);
    first('insert', fate);
    const version = await notes.insert('a', { text: 'one' });
    expect(version).toEqual(expect.any(String));
    expect(await aside.get('a')).toEqual({ id: 'a', value: { text: 'one' }, version });
  });

  test.each(lost)('a replace is known again by its token (%s)', async (fate) => {
    if (fate === 'swallow') notes = (await open({ timeout: short })).collection<Note>(declared);
    const before = (await notes.insert('a', { text: 'one' })) ?? '';
    first('update', fate);
    const version = await notes.replace('a', { text: 'two' }, before);
    expect(version).toEqual(expect.any(String));
    expect(await aside.get('a')).toEqual({ id: 'a', value: { text: 'two' }, version });
  });

  test.each(lost)('a replace is known again also when another came after it (%s)', async (fate) => {
    if (fate === 'swallow') notes = (await open({ timeout: short })).collection<Note>(declared);
    const before = (await notes.insert('a', { text: 'one' })) ?? '';
    first('update', fate);
    const replacing = notes.replace('a', { text: 'two' }, before);
    for (let standing = await aside.get('a'); ; standing = await aside.get('a')) {
      if (standing?.value.text !== 'two') continue;
      expect(await aside.replace('a', { text: 'three' }, standing.version)).toBeDefined();
      break;
    }
    expect(await replacing).toEqual(expect.any(String));
    expect((await aside.get('a'))?.value.text).toBe('three');
  });

  test('what never reached the server is written again: once', async () => {
    first('insert', 'cut-before');
    const version = (await notes.insert('a', { text: 'one' })) ?? '';
    first('update', 'cut-before');
    expect(await notes.replace('a', { text: 'two' }, version)).toBeDefined();
    expect((await aside.get('a'))?.value.text).toBe('two');
    first('delete', 'cut-before');
    expect(await notes.remove('a')).toBe(true);
    expect(await aside.get('a')).toBeUndefined();
  });

  test('a replace that lost to another is told so, although its own answer was lost', async () => {
    const before = (await notes.insert('a', { text: 'one' })) ?? '';
    expect(await aside.replace('a', { text: 'other' }, before)).toBeDefined();
    first('update', 'cut-after');
    expect(await notes.replace('a', { text: 'mine' }, before)).toBeUndefined();
    expect((await aside.get('a'))?.value.text).toBe('other');
  });

  test('an insert of a taken id is told so, although its own answer was lost', async () => {
    await aside.insert('a', { text: 'other' });
    first('insert', 'cut-after');
    expect(await notes.insert('a', { text: 'mine' })).toBeUndefined();
  });

  test('an insert over an expired document is known again by its token', async () => {
    await notes.insert('a', { text: 'old' }, { until: time.now });
    first('update', 'cut-after');
    const version = await notes.insert('a', { text: 'new' });
    expect(version).toEqual(expect.any(String));
    expect(await aside.get('a')).toEqual({ id: 'a', value: { text: 'new' }, version });
  });

  test('where the password is refused while it looks what became of a write, the outcome is unknown', async () => {
    let isLost = false;
    proxy.fate = ({ name }) => {
      if (name === 'insert') isLost = true;
      if (name === 'insert') return 'cut-after';
      return isLost && name === 'find' ? { answer: { ok: 0, code: 18, errmsg: 'refused' } } : 'pass';
    };
    expect(await reason(notes.insert('a', { text: 'one' }))).toBe('outcome-unknown');
    proxy.fate = ({ name }) => (name === 'find' ? { answer: { ok: 0, code: 18, errmsg: 'refused' } } : 'pass');
    expect(await reason(notes.insert('a', { text: 'two' }))).toBe('unreachable');
  });

  test('nobody can say who took away what is gone: the outcome is unknown', async () => {
    const version = await notes.insert('a', { text: 'one' });
    first('delete', 'cut-after');
    expect(await reason(notes.remove('a', version))).toBe('outcome-unknown');
    expect(await aside.get('a')).toBeUndefined();
  });

  test('a replace that finds nothing, after an answer that was lost, is unknown too', async () => {
    const version = (await notes.insert('a', { text: 'one' })) ?? '';
    await aside.remove('a');
    first('update', 'cut-after');
    expect(await reason(notes.replace('a', { text: 'two' }, version))).toBe('outcome-unknown');
  });

  test('a write that is visible but not acknowledged is not a success', async () => {
    notes = (await open({ timeout: short })).collection<Note>(declared);
    await notes.count();
    // Every answer to a write is lost: the document is visible, but may not be durable.
    always(({ name }) => name === 'insert' || name === 'update', 'cut-after');
    expect(await reason(notes.insert('a', { text: 'one' }))).toBe('outcome-unknown');
  });

  test('an acknowledgement that came too late from the others (write concern) is settled', async () => {
    const late = {
      ok: 1,
      n: 1,
      writeConcernError: { code: 64, codeName: 'WriteConcernFailed', errmsg: 'waiting for replication timed out' },
    };
    first('insert', { answer: late });
    const version = await notes.insert('a', { text: 'one' });
    expect((await aside.get('a'))?.version).toBe(version);
  });

  test.each([
    ['not primary', { code: 10107, codeName: 'NotWritablePrimary', errmsg: 'not primary' }],
    [
      'node is recovering',
      { code: 11602, codeName: 'InterruptedDueToReplStateChange', errmsg: 'operation was interrupted' },
    ],
    ['node is shutting down', { code: 91, codeName: 'ShutdownInProgress', errmsg: 'shutting down' }],
    ['unknown, of a service', { code: 50463173, errmsg: 'terminating connection' }],
    ['unknown, code 1', { code: 1, codeName: 'InternalError', errmsg: 'internal' }],
  ])('an answer of a server in trouble (%s) is passing: the next attempt counts', async (_name, answer) => {
    for (const command of ['insert', 'update', 'find', 'delete']) {
      let left = 2;
      proxy.fate = ({ name }) => (name === command && (left -= 1) >= 0 ? { answer: { ok: 0, ...answer } } : 'pass');
      const id = `of-${command}`;
      const version = await notes.insert(id, { text: 'one' });
      expect(version).toBeDefined();
      const next = await notes.replace(id, { text: 'two' }, version ?? '');
      expect(next).toBeDefined();
      expect((await notes.get(id))?.value.text).toBe('two');
      expect(await notes.remove(id, next)).toBe(true);
    }
  });

  test('pool of one: a hanging answer does not keep the one connection for ever', async () => {
    const narrow = (await open({ pool: 1, timeout: short })).collection<Note>(declared);
    first('insert', 'swallow');
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((id) => reason(narrow.insert(id, { text: id }))));
    expect(answers).toContain('answered');
    expect(answers.filter((answer) => !['answered', 'unreachable', 'outcome-unknown'].includes(answer))).toEqual([]);
    for (const [index, id] of ['a', 'b', 'c', 'd'].entries()) {
      if (answers[index] === 'answered') expect((await aside.get(id))?.value.text).toBe(id);
    }
    expect(await reason(narrow.insert('e', { text: 'e' }))).toBe('answered');
  });

  test('a server that is gone is said within the time there is, and calls go on when it is back', async () => {
    storage = await open({ timeout: short });
    notes = storage.collection<Note>(declared);
    await notes.count();
    proxy.cut();
    const began = performance.now();
    const calls = [notes.get('a'), notes.findBy('owner', 'ann'), storage.ping()];
    expect(await Promise.all(calls.map(reason))).toEqual(calls.map(() => 'unreachable'));
    // Cut off in the middle it may be there.
    expect(['unreachable', 'outcome-unknown']).toContain(await reason(notes.insert('a', { text: 'one' })));
    // Twice that time at most; a busy machine takes its time as well.
    expect(performance.now() - began).toBeLessThan(4 * short);
    expect(await aside.get('a')).toBeUndefined();
    proxy.mend();
    expect(await notes.insert('a', { text: 'one' })).toBeDefined();
  });

  test('all calls of one request together wait no longer than one', async () => {
    storage = await open({ timeout: short });
    notes = storage.collection<Note>(declared);
    await notes.count();
    always(({ name }) => name === 'find', { delayed: short * 0.45 });
    let calls = 0;
    const walk = async (): Promise<void> => {
      for (; calls < 10; calls += 1) await notes.get('a');
    };
    expect(await reason(storage.within?.(walk) ?? walk())).toBe('unreachable');
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThan(4);
    // Calls that a request leaves running have their own time.
    const later: { call?: Promise<unknown> } = {};
    await storage.within?.(async () => {
      later.call = new Promise((resolve) => setTimeout(resolve, short * 1.25)).then(() => notes.get('a'));
    });
    expect(await reason(later.call ?? Promise.reject(new Error('not begun')))).toBe('answered');
  });
});
