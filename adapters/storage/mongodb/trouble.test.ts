/** A problem at the start is reported in one line; a problem of one document is reported for that document. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { pino } from 'pino';
import { freePort } from '../../../test/harness/free-port.ts';
import { mongodbBehindProxy } from '../../../test/harness/mongodb-behind-proxy.ts';
import { startMongodb, type MongodbServer } from '../../../test/harness/mongodb-server.ts';
import { neededSource } from '../../../test/harness/mongodb-source.ts';
import type { TcpProxy } from '../../../test/harness/tcp-proxy.ts';
import { withMongodb } from '../../../test/harness/with-mongodb.ts';
import { StorageUnavailable, type Storage } from '../port.ts';
import { assertBounded } from './commands.ts';
import { openMongodb, type MongodbOptions } from './open-mongodb.ts';

const NOTES = { name: 'notes', indexes: { owner: (note: { owner?: string }) => note.owner } };
const clock = { now: () => 1_000 };
const opened: Storage[] = [];
const secret = 'tulips-of-haarlem';
const lines: string[] = [];
const log = pino({ base: null, level: 'debug' }, { write: (line: string) => void lines.push(line) });

async function open(options: Partial<MongodbOptions> & { readonly uri: string }): Promise<Storage> {
  const storage = await openMongodb({ clock, log, timeout: 2_000, doesServerExpire: false, ...options });
  opened.push(storage);
  return storage;
}

async function refusal(call: Promise<unknown>): Promise<StorageUnavailable> {
  try {
    await call;
  } catch (error) {
    if (error instanceof StorageUnavailable) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

/** Everything that a log or a screen could show of an error. */
const shown = (error: Error): string => {
  const cause = error.cause instanceof Error ? shown(error.cause) : '';
  return [error.message, error.stack, JSON.stringify(error), cause].join('\n');
};

afterEach(async () => {
  for (const storage of opened.splice(0)) await storage.close();
});

describe('an address with a mistake', () => {
  test.each([
    `mongodb://ann:${secret}@@host/name`,
    `mongodb://ann:${secret}@host:port/name`,
    `mongodb://ann:${secret}%zz@host/name`,
    `mongodb://ann:${secret}@host/name?tls=perhaps`,
    `mongodb://ann:${secret}@host/name?nosuchoption=${secret}`,
    `mongodb://ann:${secret}@/name`,
    `http://ann:${secret}@host/name`,
    '',
  ])('%# is one line, without the address', async (uri) => {
    const error = await refusal(open({ uri }));
    expect(error.message).toMatch(/^The address of the database has a fault: [^\n]+$/);
    expect(shown(error)).not.toContain(secret);
  });

  test('at which nothing listens reports the system’s error', async () => {
    const port = await freePort();
    const error = await refusal(open({ uri: `mongodb://ann:${secret}@127.0.0.1:${port}/name`, timeout: 1_000 }));
    expect(error.message).toBe('The database cannot be reached (ECONNREFUSED).');
    expect(shown(error)).not.toContain(secret);
    expect(shown(error)).not.toContain(String(port));
  });
});

withMongodb('a database', () => {
  let server: MongodbServer;
  let proxy: TcpProxy;
  let name: string;
  let client: MongoClient;
  let database: Db;

  mongodbBehindProxy((parts) => ({ server, proxy } = parts));
  beforeEach(async () => {
    name = server.newDatabase();
    client = new MongoClient(server.uri(name));
    database = client.db();
    lines.length = 0;
  });
  afterEach(async () => {
    await client.close();
    await server.drop(name);
  });
  const refuse = (fits: (name: string) => boolean, code: number, codeName: string) => {
    proxy.fate = (command) =>
      fits(command.name)
        ? { answer: { ok: 0, code, codeName, errmsg: `not allowed on ${name} for ann ${secret}` } }
        : 'pass';
  };
  const through = () => server.uri(name, proxy.address);

  test('without rights is one line with the statement to run', async () => {
    refuse((command) => command === 'insert' || command === 'update', 13, 'Unauthorized');
    const error = await refusal(open({ uri: through() }));
    expect(error).toMatchObject({ reason: 'read-only' });
    expect(error.message).toMatch(/^The user of the database may not write in [^\n]+: db\.grantRolesToUser\([^\n]+\)$/);
    expect(shown(error)).not.toContain(secret);
  });

  test('whose user may make no indexes is one line with the statement to run, and works once it was run', async () => {
    refuse((command) => command === 'createIndexes', 13, 'Unauthorized');
    const storage = await open({ uri: through() });
    storage.collection(NOTES);
    const error = await refusal(storage.prepare?.() ?? Promise.resolve());
    expect(error.reason).toBe('read-only');
    const [, statement = ''] =
      /^The user of [^\n]+ Have it done by one who may: (db\.[^\n]+)$/.exec(error.message) ?? [];
    const [, command = 'null'] = /runCommand\((.+)\)$/.exec(statement) ?? [];
    await database.command(JSON.parse(command) as { createIndexes: string });
    await storage.prepare?.();
  });

  test('that refuses the password is one line', async () => {
    refuse((command) => command === 'find', 18, 'AuthenticationFailed');
    const error = await refusal(open({ uri: through() }));
    expect(error.message).toBe('The database refuses the user name or the password.');
    expect(shown(error)).not.toContain(secret);
  });

  test('that answers a wrong password like missing rights is the same line', async () => {
    refuse((command) => command === 'saslStart', 13, 'Unauthorized');
    const { host, port } = proxy.address;
    const options = 'authMechanism=SCRAM-SHA-256&authSource=admin&directConnection=true';
    const error = await refusal(open({ uri: `mongodb://ann:${secret}@${host}:${port}/${name}?${options}` }));
    expect(error.message).toBe('The database refuses the user name or the password.');
    expect(shown(error)).not.toContain(secret);
  });

  test('whose user may not even read is the line with the statement; without a user, the line asks for one', async () => {
    refuse((command) => command === 'find', 13, 'Unauthorized');
    const { host, port } = proxy.address;
    const nobody = await refusal(open({ uri: `mongodb://${host}:${port}/${name}?directConnection=true` }));
    expect(nobody.message).toBe('The database asks for a user name and a password, and its address names none.');
    if (!server.uri(name).includes('@')) return;
    expect((await refusal(open({ uri: through() }))).message).toMatch(/ db\.grantRolesToUser\([^\n]+\)$/);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['documents of another form', () => database.collection('notes').insertOne({ title: 'theirs' })],
    ['documents with other ids', () => database.collection<{ _id: number }>('notes').insertOne({ _id: 7 })],
  ])('with a collection of somebody else (%s) is refused in one line, and left as it was', async (_what, make) => {
    await make();
    const before = await database.collection('notes').find().toArray();
    const storage = await open({ uri: server.uri(name) });
    const notes = storage.collection(NOTES);
    const error = await refusal(storage.prepare?.() ?? Promise.resolve());
    expect(error.reason).toBe('corrupt');
    expect(error.message).toMatch(/^The collection "notes" of the database "[^"]+" was made by somebody else: [^\n]+$/);
    expect((await refusal(notes.insert('a', {}))).reason).toBe('corrupt');
    expect(await database.collection('notes').find().toArray()).toEqual(before);
  });

  test('of a newer release is refused in one line', async () => {
    await open({ uri: server.uri(name) });
    await database.collection<{ _id: string }>('rekey.store').updateOne({ _id: 'store' }, { $set: { format: 99 } });
    const error = await refusal(open({ uri: server.uri(name) }));
    expect(error.message).toMatch(/^The database was written by a newer release \(format 99; [^\n]+\)\.$/);
  });

  test('that was emptied while it was in use is not ready', async () => {
    const storage = await open({ uri: server.uri(name) });
    await storage.ping();
    await database.dropDatabase();
    expect((await refusal(storage.ping())).reason).toBe('corrupt');
  });

  test.each<[string, object]>([
    ['no JSON', { $set: { body: '{"text":' } }],
    ['no text', { $set: { body: { text: 'typed by hand' } } }],
    ['no object', { $set: { body: '3' } }],
    ['no version', { $unset: { version: 1 } }],
    ['an expiry that is no date', { $set: { until: 'soon' } }],
  ])('a document edited by hand (%s) is said of that one alone', async (_what, edit) => {
    const storage = await open({ uri: server.uri(name) });
    const notes = storage.collection(NOTES);
    for (const id of ['a', 'b', 'c']) await notes.insert(id, { owner: 'zebedee' });
    await database.collection<{ _id: string }>('notes').updateOne({ _id: 'b' }, edit);
    expect((await refusal(notes.get('b'))).reason).toBe('corrupt');
    expect((await refusal(notes.insert('b', {})).catch(() => ({ reason: 'taken' }))).reason).toMatch(/corrupt|taken/);
    expect((await notes.get('a'))?.value).toEqual({ owner: 'zebedee' });
    expect((await notes.findBy('owner', 'zebedee')).map(({ id }) => id)).toEqual(['a', 'c']);
    expect((await refusal(notes.page({ limit: 9 }))).reason).toBe('corrupt');
    expect(await storage.inspect?.({ reading: true })).toMatchObject({
      collections: [{ name: 'notes', documents: 3, unreadable: ['b'], missing: [] }],
    });
    expect(await notes.remove('b')).toBe(true);
    expect((await notes.page({ limit: 9 })).items).toHaveLength(2);
    expect(lines.join('')).not.toContain('zebedee');
  });

  test('can be inspected without changes; missing parts are listed with their statements', async () => {
    const storage = await open({ uri: server.uri(name) });
    storage.collection(NOTES);
    await database.collection('theirs').insertOne({});
    const report = await storage.inspect?.({ reading: false });
    expect(report).toMatchObject({
      engine: expect.stringMatching(/^MongoDB \d/),
      place: expect.stringMatching(new RegExp(`^mongodb://[^@]+/${name}$`)),
      collections: [{ name: 'notes', documents: 0, missing: ['by-owner', 'by-until'] }],
      others: ['theirs'],
      statements: [expect.stringMatching(/^db\.getSiblingDB\(.+\)\.runCommand\(.+by-owner.+\)$/)],
    });
    expect((await database.listCollections().toArray()).map((one) => one.name)).not.toContain('notes');
    await storage.prepare?.();
    expect(await storage.inspect?.({ reading: false })).toMatchObject({
      collections: [{ missing: [] }],
      statements: [],
    });
  });

  test('gets all indexes of a collection in one command, before its first document', async () => {
    const storage = await open({ uri: through() });
    const notes = storage.collection(NOTES);
    proxy.seen();
    await notes.insert('a', { owner: 'zebedee' });
    const seen = proxy.seen();
    expect(seen.filter((command) => command === 'createIndexes')).toHaveLength(1);
    expect(seen.indexOf('createIndexes')).toBeLessThan(seen.indexOf('insert'));
    await notes.get('a');
    expect(proxy.seen()).toEqual(['find']);
  });

  test('logs trouble once and its end, and neither the address nor a document', async () => {
    const storage = await open({ uri: through(), timeout: 800 });
    const notes = storage.collection(NOTES);
    await notes.insert('a-name', { owner: 'zebedee' });
    refuse((command) => command === 'find', 91, 'ShutdownInProgress');
    for (let call = 0; call < 3; call += 1) await refusal(notes.get('a-name'));
    proxy.fate = () => 'pass';
    await notes.get('a-name');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 50, reason: 'unreachable', msg: 'storage unavailable' },
      { level: 30, msg: 'storage available again' },
    ]);
    expect(lines.join('')).not.toMatch(/127\.0\.0\.1|mongodb:|a-name|zebedee/);
  });

  test('that is too old is refused in one line', async () => {
    const source = await neededSource();
    if (source.kind !== 'stand-in') return;
    const old = await startMongodb({ ...source, wireVersion: 8 });
    try {
      const error = await refusal(open({ uri: old.uri('x'), timeout: 1_500 }));
      expect(error.message).toBe('The server is too old: MongoDB 4.4 or later is needed.');
    } finally {
      await old.stop();
    }
  });
});

describe('a query', () => {
  const indexes = ['owner', 'tag'];
  test.each<[object, boolean]>([
    [{ _id: 'a' }, true],
    [{ _id: 'a', version: 'v', until: { $not: { $lte: new Date(0) } } }, true],
    [{ _id: { $gt: 'a' } }, false],
    [{ 'keys.owner': 'ann', until: { $not: { $lte: new Date(0) } } }, false],
    [{ until: { $lte: new Date(0) } }, false],
    [{ _id: { $in: ['a'] }, until: { $lte: new Date(0) } }, false],
  ])('by id, by one declared index or by expiry is sent: %j', (where, isOne) => {
    expect(() => assertBounded(where as Record<string, unknown>, indexes, isOne)).not.toThrow();
  });

  test.each<[object, boolean]>([
    [{}, false],
    [{ until: { $not: { $lte: new Date(0) } } }, false],
    [{ version: 'v' }, true],
    [{ body: 'x' }, false],
    [{ _id: 'a', body: 'x' }, true],
    [{ _id: { $ne: 'a' } }, false],
    [{ _id: { $gt: 'a' } }, true],
    [{ 'keys.owner': 'ann' }, true],
    [{ 'keys.other': 'ann' }, false],
    [{ 'keys.owner': { $regex: 'a' } }, false],
    [{ 'keys.owner': 'ann', 'keys.tag': 'x' }, false],
    [{ $or: [{ _id: 'a' }] }, false],
  ])('of any other shape is refused: %j (one: %s)', (where, isOne) => {
    expect(() => assertBounded(where as Record<string, unknown>, indexes, isOne)).toThrow(
      /would read a whole collection/,
    );
  });
});
