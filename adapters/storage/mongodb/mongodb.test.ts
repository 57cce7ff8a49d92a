import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { NOTES, openedStorage, START, type Bench, type OpenedStorage } from '../../../test/contracts/storage-bench.ts';
import { racesContract } from '../../../test/contracts/storage-races.ts';
import { storageContract } from '../../../test/contracts/storage.ts';
import { startMongodb, type MongodbServer } from '../../../test/harness/mongodb-server.ts';
import { startProxy, type TcpProxy } from '../../../test/harness/tcp-proxy.ts';
import { withMongodb } from '../../../test/harness/with-mongodb.ts';
import { movableClock, type Clock } from '../../../time/clock.ts';
import { openMongodb } from './open-mongodb.ts';

let server: MongodbServer;

function opened(clock: Clock, address?: TcpProxy['address']): Promise<OpenedStorage> {
  const database = server.newDatabase();
  const uri = server.uri(database, address);
  return openedStorage(
    () => openMongodb({ uri, clock, pool: 70, timeout: 20_000, doesServerExpire: false }),
    () => server.drop(database),
  );
}

withMongodb('MongoDB', () => {
  beforeAll(async () => {
    server = await startMongodb();
  }, 200_000);
  afterAll(() => server.stop());

  storageContract('mongodb', (clock) => opened(clock));

  withMongodb('0 to 50 ms a message', () => {
    let proxy: TcpProxy;
    let bench: Bench;
    beforeAll(async () => {
      if (!server.address) throw new Error('This test needs a server at one address.');
      proxy = await startProxy(server.address);
    });
    afterAll(() => proxy.close());
    beforeEach(async () => {
      const clock = movableClock(START);
      const store = await opened(clock, proxy.address);
      bench = { ...store, clock, notes: store.storage.collection(NOTES) };
      await bench.notes.count();
      proxy.latency = { min: 0, max: 50 };
    });
    afterEach(async () => {
      proxy.latency = { min: 0, max: 0 };
      await bench.destroy();
    });
    racesContract(() => bench);
  });
});
