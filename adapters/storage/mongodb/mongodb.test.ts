import { afterAll, beforeAll } from '@jest/globals';
import { storageContract } from '../../../test/contracts/storage.ts';
import { startMongodb, type MongodbServer } from '../../../test/harness/mongodb-server.ts';
import type { Storage } from '../port.ts';
import { openMongodb } from './open-mongodb.ts';

let server: MongodbServer;
beforeAll(async () => {
  server = await startMongodb();
}, 200_000);
afterAll(() => server.stop());

storageContract('mongodb', async (clock) => {
  const database = server.newDatabase();
  const open = (): Promise<Storage> => openMongodb({ uri: server.uri(database), clock, doesServerExpire: false });
  const opened = [await open()];
  const another = async (): Promise<Storage> => {
    const storage = await open();
    opened.push(storage);
    return storage;
  };
  const closeAll = async (): Promise<void> => {
    for (const storage of opened) await storage.close();
  };
  return {
    storage: opened[0] as Storage,
    another,
    reopen: async () => {
      await closeAll();
      return another();
    },
    destroy: async () => {
      await closeAll();
      await server.drop(database);
    },
  };
});
