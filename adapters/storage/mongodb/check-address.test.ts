import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assert, property, string } from 'fast-check';
import { addressFaults } from './check-address.ts';
import { openMongodb } from './open-mongodb.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-address-'));
  await writeFile(join(folder, 'no.pem'), 'nothing');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['mongodb://h1:27017/my.db', 'has a `.` in the name of the database, where it may not stand'],
  ['mongodb://h1:27017/my%20db', 'has a ` ` in the name of the database, where it may not stand'],
  [`mongodb://h1/${'a'.repeat(64)}`, 'has a name of the database of more than 63 bytes'],
  ['mongodb+srv://h:27017/db', 'has a port: mongodb+srv:// takes none, its DNS entry names them'],
  [
    'mongodb+srv://a.example.org,b.example.org/db',
    'names several hosts: mongodb+srv:// takes one, whose DNS entry names the others',
  ],
  ['mongodb://h1/db?replicaSet=', 'has the option replicaSet without a value'],
  ['mongodb://h1/db?w=majority&replicaSet', 'has the option replicaSet without a value'],
  ['mongodb://user:p@ss@h1/db', 'has a `@` in the password: write %40'],
  ['mongodb://us@er:pass@h1/db', 'has a `@` in the user name: write %40'],
  ['mongodb://user:p:ss@h1/db', 'has a `:` in the password: write %3A'],
  ['mongodb://user:p/ss@h1/db', 'has a `/` in the user name or password: write %2F'],
  ['mongodb://user:p?ss@h1/db', 'has a `?` in the user name or password: write %3F'],
  ['mongodb://user:p%ss@h1/db', 'has a `%` in the password that begins no percent-encoding: write %25'],
  ['mongodb://:pass@h1/db', 'has an empty user name'],
  ['mongodb:///db', 'names no host'],
  ['mongodb://h1,,h2/db', 'has an empty place in the list of hosts'],
  ['mongodb://h1:0/db', 'has a port that is no number from 1 to 65535'],
  ['mongodb://h1:99999/db', 'has a port that is no number from 1 to 65535'],
  ['mongodb://h1:/db', 'has a port that is no number from 1 to 65535'],
  ['mongodb://h1 /db', 'has white space or a control character'],
  ['mongodb://h1/db?tlsCAFile=/nowhere/ca.pem', 'names a file in the option tlsCAFile that cannot be read'],
])('A-220 the part at fault is named: %s', (uri, fault) => {
  expect(addressFaults({ uri })).toEqual([fault]);
});

test('A-220 all faults are reported at once; a file that is no certificate; a database name beside the address', () => {
  expect(addressFaults({ uri: 'mongodb://u:a@b@h1:0/d.b?replicaSet=', database: 'x y' })).toHaveLength(5);
  const uri = `mongodb://h1/db?tlsCAFile=${encodeURIComponent(join(folder, 'no.pem'))}`;
  expect(addressFaults({ uri })).toEqual(['names a file in the option tlsCAFile that is not PEM']);
});

test.each([
  'mongodb://localhost',
  'mongodb://127.0.0.1:27017/rekey',
  'mongodb://[::1]:27017/rekey',
  'mongodb://user:p%40ss%2F@h1,h2:27018/rekey?replicaSet=rs0&authSource=admin&tls=true',
  'mongodb+srv://user:pass@cluster.example.org/rekey?retryWrites=false',
  'mongodb://%2Ftmp%2Fmongodb-27017.sock/rekey',
])('A-220 what the driver takes is taken: %s', (uri) => {
  expect(addressFaults({ uri })).toEqual([]);
});

test.each([
  ['mongodb://user:sesame@h1/db?tls=maybe', "is refused by the database's driver: "],
  ['mongodb://user:sesame@h1/db?sesame=1', "is refused by the database's driver: "],
  ['mongodb://user:sesame@h1/db?authMechanism=sesame', "is refused by the database's driver: "],
])('A-220 what only the driver refuses is said in its words, without the password: %s', (uri, begin) => {
  const [fault = ''] = addressFaults({ uri });
  expect(fault.startsWith(begin)).toBe(true);
  expect(fault).not.toContain('sesame');
});

test('A-220 property: no fault contains the password, and an address without faults makes a client', () => {
  assert(
    property(string(), string({ unit: 'binary', maxLength: 12 }), (tail, secret) => {
      const uri = `mongodb://user:hunter2${secret}@${tail}`;
      for (const fault of addressFaults({ uri })) expect(fault).not.toContain('hunter2');
    }),
    { numRuns: 500 },
  );
});

test('A-220 opening the store reports the same faults', async () => {
  await expect(openMongodb({ uri: 'mongodb://127.0.0.1:1/my.db', clock: { now: () => 0 } })).rejects.toMatchObject({
    name: 'StorageUnavailable',
    message:
      'The address of the database has a fault: it has a `.` in the name of the database, where it may not stand.',
  });
});
