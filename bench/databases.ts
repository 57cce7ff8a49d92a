/** Databases of the bench on the server that `MONGODB_URI` names; gone when the bench is. */
import { startMongodb } from '../test/harness/mongodb-server.ts';

export const databases = {
  isGiven: () => (process.env['MONGODB_URI'] ?? '') !== '',
  /** A database of its own; `drop` takes it away. */
  async open(): Promise<{ readonly uri: string; drop(): Promise<void> }> {
    const server = await startMongodb();
    const uri = server.uri(server.newDatabase());
    return { uri, drop: () => server.stop() };
  },
};
