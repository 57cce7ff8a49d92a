// A process that changes people and copies the pending items of each change to an outbox, as the relay does, until it
// is killed. Every line that it prints is an acknowledgement: `pending` (with the account), `carried` (in the outbox), `settled`
// (no longer pending), `sent` (removed from the outbox).
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import { OUTBOX, PEOPLE, bodyOf } from './people.ts';
import { say } from './say.ts';

const [file = '', prefix = 'p'] = process.argv.slice(2);
const AT_ONCE = 8;
const storage = await openEmbedded({ file, clock: { now: () => 0 } });
const people = storage.collection(PEOPLE);
const outbox = storage.collection(OUTBOX);

function acknowledge(what: string, person: string, change: number): void {
  say(`${what} ${person} ${change}`);
}

async function live(person: string): Promise<never> {
  await people.insert(person, bodyOf(0, []));
  for (;;) {
    const stored = await people.get(person);
    if (!stored) throw new Error(`${person} is gone`);
    let { change, pending } = stored.value;
    let version: string | undefined = stored.version;
    if (pending.length === 0) {
      change += 1;
      pending = [`${person}-${change}`];
      version = await people.replace(person, bodyOf(change, pending), stored.version);
      if (version === undefined) throw new Error('another writer has this person');
      acknowledge('pending', person, change);
    }
    for (const id of pending) await outbox.insert(id, { person, change });
    acknowledge('carried', person, change);
    await people.replace(person, bodyOf(change, []), version);
    acknowledge('settled', person, change);
    if (change % 3 === 0 && (await outbox.remove(`${person}-${change - 2}`))) acknowledge('sent', person, change - 2);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => live(`${prefix}${n}`)));
