// Appends to the audit log until it is killed, and sometimes seals its head. Arguments: the store (a file, or the
// address of a MongoDB database), a folder for the witness. It prints `line` after each durable line, `sealed` after
// each head.
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import { openMongodb } from '../../adapters/storage/mongodb/open-mongodb.ts';
import { createSecretBox } from '../../adapters/secret-box.ts';
import { newPendingId } from '../../accounts/pending-id.ts';
import { createAuditWitness } from '../../app/audit-witness.ts';
import { createAuditTrail } from '../../audit/audit-log.ts';
import { systemClock as clock } from '../../time/clock.ts';
import { say } from './say.ts';

const [, , store = '', folder = ''] = process.argv;
const storage = store.startsWith('mongodb')
  ? await openMongodb({ uri: store, clock, doesServerExpire: false })
  : await openEmbedded({ file: store, clock });
const secretBox = createSecretBox(Buffer.alloc(32, 7));
const trail = createAuditTrail({ storage, clock, secretBox, witness: createAuditWitness(folder, 'one-and-the-same') });
for (let number = 1; ; number += 1) {
  await trail.append([{ id: newPendingId(), event: { at: clock.now(), actor: 'els', action: 'key.on' } }]);
  say('line');
  if (number % 4 !== 0) continue;
  await trail.settle();
  say('sealed');
}
