import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { startMongodb, type MongodbServer } from './mongodb-server.ts';
import { startProxy, type TcpProxy } from './tcp-proxy.ts';

export interface BehindProxy {
  readonly server: MongodbServer;
  readonly proxy: TcpProxy;
}

/**
 * A server and a proxy before it, for all tests of the suite in which this is called. At the end of each test the proxy
 * is whole again and passes all.
 */
export function mongodbBehindProxy(started: (parts: BehindProxy) => void): void {
  let server: MongodbServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await startMongodb();
    if (!server.address) throw new Error('These tests need a server at one address.');
    proxy = await startProxy(server.address);
    started({ server, proxy });
  }, 200_000);
  afterEach(() => {
    proxy.mend();
    proxy.fate = () => 'pass';
    proxy.latency = { min: 0, max: 0 };
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });
}
