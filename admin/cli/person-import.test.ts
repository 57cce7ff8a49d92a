/** `rekey person import`: strict reading, one judgement for the dry run and the run, and nothing half done. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, record, option } from 'fast-check';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { StorageUnavailable } from '../../adapters/storage/port.ts';
import type { ImportReport } from '../use-cases/import-report.ts';
import { importPeople } from '../use-cases/person-import.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices({ onStoreOfRun: true });
});
afterEach(() => services.close());

const lines = (...people: readonly unknown[]) =>
  people.map((person) => (typeof person === 'string' ? person : JSON.stringify(person))).join('\n');
/** The dry run comes first: it writes nothing, so both read the same store. */
async function both(input: string | Buffer) {
  const dry = await services.rekey('person import - --dry-run --json', input);
  const run = await services.rekey('person import - --json', input);
  expect([dry.exit, dry.json()]).toEqual([run.exit, run.json()]);
  return { exit: run.exit, report: run.json<ImportReport>() };
}

test('A-219 bytes of another encoding are refused with line and byte', async () => {
  const { exit, report } = await both(Buffer.from('{"username":"müller"}\n{"username":"möller"}\n', 'latin1'));
  expect([exit, report]).toMatchObject([
    1,
    {
      added: 0,
      refused: [
        { line: 1, faults: ['is not UTF-8 (byte 15 of the line)'] },
        { line: 2, faults: ['is not UTF-8 (byte 15 of the line)'] },
      ],
    },
  ]);
});

test('A-219 a byte order mark, and a file with it, are taken', async () => {
  expect(await both('\ufeff{"username":"a"}\n')).toMatchObject({ exit: 0, report: { added: 1 } });
  await writeFile(join(services.folder, 'p.jsonl'), '\ufeff{"username":"b"}\r\n{"username":"c"}\r\n');
  expect((await services.rekey('person import p.jsonl --json')).json()).toMatchObject({ added: 2, refused: [] });
});

test.each(['\u2028', '\u2029', '\u0085', '\u000b'])('A-219 %j inside a line splits nothing', async (sign) => {
  const { report } = await both(`{"username":"a","claims":{"nickname":"x${sign}y"}}\n{"username":"b"}\n`);
  expect(report.refused.map(({ line }) => line)).toEqual([1]);
  expect(report.added).toBe(1);
});

test('A-219 U+2028 in a password is one line', async () => {
  expect((await both('{"username":"a","password":"correct \u2028 horse battery"}')).report).toMatchObject({ added: 1 });
});

test('A-219 repeated members and half characters are reported', async () => {
  const { exit, report } = await both('{"username":"a","username":"b"}\n{"username":"\\ud800"}\n{"username":"c"}');
  expect([exit, report]).toMatchObject([
    1,
    { added: 1, refused: [{ line: 1, faults: ['username: stands twice'] }, { line: 2 }] },
  ]);
});

test.each([
  ['Alice', 'alice'],
  ['Zoë', 'Zoe\u0308'],
  ['ﬁona', 'FIONA'],
  ['Ａlice', 'alice'],
  ['a', ' a '],
])('A-219 %j and %j are one person, reported with the line, in the dry run and in the run', async (first, second) => {
  const people = lines({ username: first }, '', { username: second, givenName: 'X' });
  const { exit, report } = await both(people);
  expect([exit, report]).toMatchObject([0, { added: 1, present: 1, same: [{ line: 3, as: 1 }] }]);
  const told = await services.rekey(
    'person import -',
    lines({ username: `${first}2` }, { username: `${second.trim()}2` }),
  );
  expect(told.out).toContain('line 2: is the person of line 1');
});

test('A-219 the same id twice, and one that belongs to another, are refused by both', async () => {
  await services.rekey('person import -', lines({ username: 'first', id: 'id-number-1' }));
  const { exit, report } = await both(
    lines(
      { username: 'a', id: 'id-number-2' },
      { username: 'b', id: 'id-number-2' },
      { username: 'c', id: 'id-number-1' },
    ),
  );
  expect([exit, report]).toMatchObject([
    1,
    {
      added: 1,
      refused: [
        { line: 2, faults: ['id: is that of line 1'] },
        { line: 3, faults: ['id: belongs to another person'] },
      ],
    },
  ]);
});

test('A-219 a name whose first line is refused is free for the next', async () => {
  const { report } = await both(
    lines({ username: 'a', nmae: 1 }, { username: 'a', keys: [{ factor: 'telepathy', data: 1 }] }, { username: 'A' }),
  );
  expect(report).toMatchObject({ added: 1, present: 0, same: [], refused: [{ line: 1 }, { line: 2 }] });
});

test('A-219 whatever the lines are, the dry run and the run say the same', async () => {
  const server = await services.open();
  const person = record({
    username: constantFrom('a', 'A', 'ａ', 'b', 'B', 'c', ' c'),
    id: option(constantFrom('id-number-1', 'id-number-2'), { nil: undefined }),
    keys: option(constantFrom([], [{ factor: 'telepathy', data: 1 }]), { nil: undefined }),
  });
  let runs = 0;
  await assert(
    asyncProperty(array(person, { maxLength: 12 }), async (people) => {
      runs += 1;
      const own = people.map(({ username, id, keys }) =>
        JSON.stringify({ username: `${username.trim()}-${runs}`, ...(id && { id: `${id}-${runs}` }), keys }),
      );
      const dry = await importPeople(server, { lines: own, by: 'test', dryRun: true });
      expect(await importPeople(server, { lines: own, by: 'test' })).toEqual(dry);
    }),
    { numRuns: 100 },
  );
});

test('A-219 a store that fails meanwhile: the report says what was imported, and the whole file again imports the rest', async () => {
  const server = await services.open();
  let left = 100;
  const people = {
    ...server.people,
    add: async (person: Parameters<typeof server.people.add>[0]) => {
      left -= 1;
      if (left < 0) throw new StorageUnavailable('full', 'The disk is full.');
      return server.people.add(person);
    },
  };
  const names = Array.from({ length: 300 }, (_, at) => JSON.stringify({ username: `person-${at + 1}` }));
  const report = await importPeople({ ...server, people }, { lines: names, by: 'test' });
  expect(report.added).toBe(100);
  expect(report.stopped?.says).toBe('The disk is full');
  const taken = [
    ...Array.from({ length: (report.stopped?.before ?? 1) - 1 }, (_, at) => at + 1),
    ...(report.stopped?.also ?? []),
  ];
  expect(taken).toHaveLength(100);
  for (const line of taken) expect(await server.people.findByUsername(`person-${line}`)).toBeDefined();
  expect(await server.people.count()).toBe(100);
  const again = await importPeople(server, { lines: names, by: 'test' });
  expect(again).toMatchObject({ added: 200, present: 100, refused: [] });
  expect(again.stopped).toBeUndefined();
});

test('A-219 a source that fails meanwhile is reported, with what was imported', async () => {
  const server = await services.open();
  async function* broken() {
    yield* Readable.from(['{"username":"a"}', '{"username":"b"}']) as AsyncIterable<string>;
    await readFile('/nowhere');
  }
  expect(await importPeople(server, { lines: broken(), by: 'test' })).toMatchObject({
    added: 2,
    stopped: { before: 3, also: [] },
  });
  const folder = await services.rekey('person import /proc/self/mem');
  expect([folder.exit, folder.err]).toEqual([4, expect.stringContaining('0 added')]);
});

test('A-219 null is as if absent, and joiners are taken within a name and not at its ends', async () => {
  const { report } = await both(
    lines(
      { username: 'a', givenName: null, email: null },
      { username: 'b', givenName: 'می\u200cخواهم', familyName: '\u200cന\u200d\u0d4d\u200c' },
    ),
  );
  expect(report).toMatchObject({ added: 2, refused: [] });
  const server = await services.open();
  expect(await server.people.findByUsername('b')).toMatchObject({
    givenName: 'می\u200cخواهم',
    familyName: 'ന\u200d\u0d4d',
  });
});

test('A-219 an authenticator app with other parameters is imported with them, and a fault of one is reported with its member', async () => {
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const app = (data: object) => [{ factor: 'authenticator-app', data: { secret, ...data } }];
  const { exit, report } = await both(
    lines(
      { username: 'a', keys: app({ algorithm: 'SHA256', digits: 8, period: 60 }) },
      { username: 'b', keys: app({ algorithm: 'MD5' }) },
      { username: 'c', keys: app({ digits: 5 }) },
      { username: 'd', keys: app({ period: 3600 }) },
      { username: 'e', keys: app({ secret: 'JBSWY3DPEHPK3PXP' }) },
    ),
  );
  const fault = (line: number, member: string) => ({
    line,
    faults: [`keys.0: data.${member}: refused by the factor (key_state_unreadable)`],
  });
  expect([exit, report]).toMatchObject([
    1,
    { added: 1, refused: [fault(2, 'algorithm'), fault(3, 'digits'), fault(4, 'period'), fault(5, 'secret')] },
  ]);
});

test('A-219 80 bits of an authenticator app are taken where the deployment says so', async () => {
  await services.close();
  services = await adminServices({
    configuration: `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
factors: { authenticator-app: { settings: { importBits: 80 } } }
`,
  });
  const { exit } = await both(
    lines({ username: 'a', keys: [{ factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXP' } }] }),
  );
  expect(exit).toBe(0);
});

test('A-265 a hash is announced to all nodes before there is an account with it', async () => {
  const server = await services.open();
  const announced = new Set<string>();
  const passwords = {
    ...server.passwords,
    takesIn: async (hash: string) => {
      await server.passwords.takesIn(hash);
      announced.add(hash);
    },
  };
  const people = {
    ...server.people,
    add: async (person: Parameters<typeof server.people.add>[0]) => {
      expect([...announced]).toContain(person.password?.hash);
      return server.people.add(person);
    },
  };
  const hash = (cost: string) => `$2b$${cost}$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC`;
  const taken = ['06', '07', '06'].map((cost, at) => JSON.stringify({ username: `p${at}`, passwordHash: hash(cost) }));
  expect(await importPeople({ ...server, people, passwords }, { lines: taken, by: 'test' })).toMatchObject({
    added: 3,
  });
});

test('A-350 at most 32 lines are under way at once, so that each call of a slow store has its time', async () => {
  const server = await services.open();
  let [underWay, most] = [0, 0];
  const people = {
    ...server.people,
    add: async (person: Parameters<typeof server.people.add>[0]) => {
      underWay += 1;
      most = Math.max(most, underWay);
      const added = await server.people.add(person);
      underWay -= 1;
      return added;
    },
  };
  const names = Array.from({ length: 200 }, (_, at) => JSON.stringify({ username: `person-${at + 1}` }));
  expect(await importPeople({ ...server, people }, { lines: names, by: 'test' })).toMatchObject({ added: 200 });
  expect(most).toBeGreaterThan(8);
  expect(most).toBeLessThanOrEqual(32);
});

test('A-350 an id that another import has just used is refused with its line, and no account exists twice', async () => {
  const server = await services.open();
  const people = { ...server.people, get: async () => undefined };
  await importPeople(server, { lines: [JSON.stringify({ username: 'a', id: 'id-number-1' })], by: 'test' });
  const line = JSON.stringify({ username: 'b', id: 'id-number-1' });
  expect(await importPeople({ ...server, people }, { lines: [line], by: 'test' })).toMatchObject({
    added: 0,
    refused: [{ line: 1, faults: ['id: belongs to another person'] }],
  });
  expect(await server.people.count()).toBe(1);
});
