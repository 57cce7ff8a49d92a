/** Databases of the bench on the server of `MONGODB_URI`; dropped at the end. */
import { startMongodb } from '../test/harness/mongodb-server.ts';

export const databases = {
  isGiven: () => (process.env['MONGODB_URI'] ?? '') !== '',
  /** A new database; `drop` removes it. */
  async open(): Promise<{ readonly uri: string; drop(): Promise<void> }> {
    const server = await startMongodb();
    const uri = server.uri(server.newDatabase());
    return { uri, drop: () => server.stop() };
  },
};
