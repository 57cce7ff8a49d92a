/**
 * The stores that `storage copy` copies between in this run: two files always, and MongoDB both ways where a server is
 * available.
 */
import { join } from 'node:path';
import { mongodbSource } from './mongodb-source.ts';
import { startMongodb, type MongodbServer } from './mongodb-server.ts';

/** Gives the address of an empty store. */
export type Place = (folder: string) => Promise<string>;

let server: Promise<MongodbServer> | undefined;

const file =
  (name: string): Place =>
  async (folder) =>
    `embedded:${join(folder, name)}`;
const database: Place = async () => {
  server ??= startMongodb();
  const standing = await server;
  return standing.uri(standing.newDatabase());
};

export const placesToMove: readonly (readonly [string, readonly Place[]])[] = [
  ['from file to file', [file('one.db'), file('two.db')]],
  ...((await mongodbSource())
    ? ([['from file to MongoDB and back', [file('one.db'), database, file('three.db')]]] as const)
    : []),
];

/** Drops what was made there. */
export const leavePlaces = async (): Promise<void> => (await server)?.stop();
