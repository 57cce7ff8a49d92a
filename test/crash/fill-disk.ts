// A process that writes to a store on a small disk until it is full, frees the disk, and continues. Prints its
// observations as JSON.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import { StorageUnavailable } from '../../adapters/storage/port.ts';

const folder = process.argv[2] ?? '';
writeFileSync(join(folder, 'ballast'), Buffer.alloc(2 * 1024 * 1024));
const storage = await openEmbedded({ file: join(folder, 'store.db'), clock: { now: () => 0 } });
const notes = storage.collection<{ text: string; owner: string }>({
  name: 'notes',
  indexes: { owner: (note) => note.owner },
});
const text = 'x'.repeat(20_000);
const acknowledged: string[] = [];
const reasons = new Set<string>();

const write = async (id: string): Promise<boolean> => {
  try {
    if ((await notes.insert(id, { text, owner: id })) !== undefined) acknowledged.push(id);
    return true;
  } catch (error) {
    reasons.add(error instanceof StorageUnavailable ? error.reason : String(error));
    return false;
  }
};

for (let n = 0; n < 1000 && (await write(`n${n}`)); n += 1);
const ping = await storage.ping().then(
  () => 'answered',
  (error: unknown) => (error instanceof StorageUnavailable ? error.reason : String(error)),
);
const before = acknowledged.length;
const readable = await notes.count();
rmSync(join(folder, 'ballast'));
const recovered = await write('after');
await storage.close();

const again = await openEmbedded({ file: join(folder, 'store.db'), clock: { now: () => 0 } });
const kept = again.collection<{ text: string; owner: string }>({
  name: 'notes',
  indexes: { owner: (note) => note.owner },
});
let missing = 0;
for (const id of acknowledged) {
  const [found] = await kept.findBy('owner', id);
  if (found?.value.text !== text) missing += 1;
}
const count = await kept.count();
await again.close();
process.stdout.write(
  JSON.stringify({
    before,
    readable,
    reasons: [...reasons],
    ping,
    recovered,
    missing,
    surplus: count - acknowledged.length,
  }),
);
