/** After a run: its MongoDB server, where it had one. */
import { ofThisRun } from './global-setup.ts';

export default async function tearDown(): Promise<void> {
  await ofThisRun.rekeyMongodb?.stop();
}
