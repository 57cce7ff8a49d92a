/** Before a run: which MongoDB server there is, and, when the whole run is to be on it, one server for all. */
import { howToGet, mongodbSource } from './harness/mongodb-source.ts';
import { startMongodb, type MongodbServer } from './harness/mongodb-server.ts';
import { sharedServer, storageKind } from './harness/test-storage.ts';

/** Where the end of the run finds it. */
export const ofThisRun = globalThis as { rekeyMongodb?: MongodbServer };

export default async function setUp(): Promise<void> {
  const source = await mongodbSource();
  if (!source) {
    const line = `Left out: the tests on MongoDB, since no server can be had. ${howToGet}`;
    if (process.env['CI'] === 'true' || storageKind() === 'mongodb') throw new Error(line);
    process.stderr.write(`${line}\n`);
  }
  if (storageKind() !== 'mongodb') return;
  const server = await startMongodb();
  process.env[sharedServer] = server.uri('');
  process.stderr.write(`On MongoDB: ${server.kind}.\n`);
  ofThisRun.rekeyMongodb = server;
}
