// A process that raises shared counters a number of times; it reads and tries again if another process was faster.
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';

const [file = '', times = '0'] = process.argv.slice(2);
const COUNTERS = ['a', 'b', 'c'];
const storage = await openEmbedded({ file, clock: { now: () => 0 } });
const counters = storage.collection<{ count: number }>({ name: 'counters' });
let lost = 0;

async function raise(counter: string): Promise<void> {
  for (;;) {
    const stored = await counters.get(counter);
    const written = stored
      ? await counters.replace(counter, { count: stored.value.count + 1 }, stored.version)
      : await counters.insert(counter, { count: 1 });
    if (written !== undefined) return;
    lost += 1;
  }
}

await Promise.all(
  COUNTERS.map(async (counter) => {
    for (let n = 0; n < Number(times); n += 1) await raise(counter);
  }),
);
await storage.close();
process.stdout.write(JSON.stringify({ lost }));
