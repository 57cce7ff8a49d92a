// Deletes keys whose day of deletion has come, as the leader does, until it is killed or done. Argument: the store (a
// file, or the address of a MongoDB database). It prints a line after each account, `done` at the end.
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import { openMongodb } from '../../adapters/storage/mongodb/open-mongodb.ts';
import { createSecretBox } from '../../adapters/secret-box.ts';
import { createPeople } from '../../accounts/person-store.ts';
import { purgeRound } from '../../app/purge-round.ts';
import { createSchedules } from '../../schedules/schedule-store.ts';
import { systemClock as clock } from '../../time/clock.ts';
import { say } from './say.ts';

const [, , store = ''] = process.argv;
const storage = store.startsWith('mongodb')
  ? await openMongodb({ uri: store, clock, doesServerExpire: false })
  : await openEmbedded({ file: store, clock });
const people = createPeople({ storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
const schedules = createSchedules({ storage, clock, initial: {} });
people.onPending(() => say('account'));
await purgeRound({ people, schedules, clock });
say('done');
await storage.close();
