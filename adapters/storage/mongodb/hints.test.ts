/** Commands name the index to use, and no answer depends on it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mongodbBehindProxy } from '../../../test/harness/mongodb-behind-proxy.ts';
import type { MongodbServer } from '../../../test/harness/mongodb-server.ts';
import type { TcpProxy } from '../../../test/harness/tcp-proxy.ts';
import { withMongodb } from '../../../test/harness/with-mongodb.ts';
import type { Collection, Storage } from '../port.ts';
import { openMongodb } from './open-mongodb.ts';

interface Note {
  readonly owner: string;
}

withMongodb('a question to the database', () => {
  let server: MongodbServer;
  let proxy: TcpProxy;
  let name: string;
  let storage: Storage;
  let notes: Collection<Note>;
  let hints: unknown[];

  mongodbBehindProxy((parts) => ({ server, proxy } = parts));
  beforeEach(async () => {
    name = server.newDatabase();
    const clock = { now: () => 1_000 };
    storage = await openMongodb({ uri: server.uri(name, proxy.address), clock, doesServerExpire: false });
    notes = storage.collection<Note>({ name: 'notes', indexes: { owner: ({ owner }) => owner } });
    for (const id of ['a', 'b', 'c']) await notes.insert(id, { owner: 'zebedee' });
    hints = [];
  });
  afterEach(async () => {
    await storage.close();
    await server.drop(name);
  });
  const ask = async () => ({
    all: (await notes.page({ limit: 9 })).items.map(({ id }) => id),
    rest: (await notes.page({ limit: 9, after: 'b' })).items.map(({ id }) => id),
    found: (await notes.findBy('owner', 'zebedee')).map(({ id }) => id),
    one: (await notes.get('a'))?.id,
  });
  const answers = { all: ['a', 'b', 'c'], rest: ['c'], found: ['a', 'b', 'c'], one: 'a' };

  test('names the index, except for a single id', async () => {
    proxy.fate = ({ document }) => {
      hints.push(document['hint']);
      return 'pass';
    };
    expect(await ask()).toEqual(answers);
    const [, , , last] = hints;
    expect(hints.slice(0, 3)).toEqual(['_id_', '_id_', 'by-owner']);
    expect(last).toBeUndefined();
  });

  test('a tally counts each key from the index, by the plain command', async () => {
    const counts: unknown[] = [];
    proxy.fate = ({ document }) => {
      if (document['count'] === 'notes') counts.push([document['query'], document['hint']]);
      if (document['aggregate'] !== undefined) counts.push('a pipeline');
      return 'pass';
    };
    expect(await notes.tally('owner')).toEqual([{ key: 'zebedee', documents: 3 }]);
    expect(counts).toEqual([[{ 'keys.owner': 'zebedee' }, 'by-owner']]);
  });

  test('checks the format of some documents of a collection, in no order', async () => {
    const sorts: unknown[] = [];
    proxy.fate = ({ document }) => {
      if (document['find'] === 'notes') sorts.push(document['sort']);
      return 'pass';
    };
    const clock = { now: () => 1_000 };
    const next = await openMongodb({ uri: server.uri(name, proxy.address), clock, doesServerExpire: false });
    next.collection<Note>({ name: 'notes' });
    await next.prepare?.();
    await next.close();
    expect(sorts).toEqual([undefined]);
  });

  test.each([2, 291])('repeats the command without the hint if the server refuses it (%i)', async (code) => {
    proxy.fate = ({ document: { hint } }) => {
      hints.push(hint);
      return hint === undefined ? 'pass' : { answer: { ok: 0, code, errmsg: 'no such index' } };
    };
    expect(await ask()).toEqual(answers);
    expect(hints).toContain('by-owner');
  });
});
