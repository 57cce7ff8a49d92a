/** The cost of a sign-in with many accounts, compared with few. */
import { databases } from './databases.ts';
import { load, measured, median } from './measured.ts';

/** How a figure is printed: name, value, limit. */
export type Say = (figure: string, value: string, promised: string) => void;

const sizes = [1_000, 100_000, 1_000_000] as const;
const round = 600;
const pairs = 5;

/** On the embedded store, and on the server of `MONGODB_URI`. */
export async function growth(say: Say): Promise<void> {
  await growthOn('embedded', say);
  if (databases.isGiven()) await growthOn('mongodb', say);
}

async function growthOn(store: 'embedded' | 'mongodb', say: Say): Promise<void> {
  const servers = await Promise.all(sizes.map(() => measured('product-server.ts', 'no-hash', store)));
  for (const [index, server] of servers.entries()) {
    const begun = performance.now();
    await server.order('people', sizes[index]);
    const seconds = (performance.now() - begun) / 1000;
    if (seconds > 5) console.log(`  ${String(sizes[index])} people written in ${seconds.toFixed(0)} s`);
  }
  const cpu: number[][] = servers.map(() => []);
  const time: number[][] = servers.map(() => []);
  for (let pair = -1; pair < pairs; pair += 1) {
    for (const [index, server] of servers.entries()) {
      const before = await server.used();
      const begun = performance.now();
      await load(server, round, round);
      const took = performance.now() - begun;
      const used = (await server.used()).cpu - before.cpu;
      if (pair < 0) continue;
      cpu[index]?.push(used / round);
      time[index]?.push(took / round);
    }
  }
  const ratio = (figures: readonly (readonly number[])[], index: number) =>
    `${median((figures[index] ?? []).map((value, pair) => value / (figures[0]?.[pair] ?? Number.NaN))).toFixed(2)} ×`;
  for (const [index, size] of sizes.entries()) {
    if (index === 0) {
      console.log(
        `  ${store}, ${size.toLocaleString('en')} people: ${median(cpu[0] ?? []).toFixed(2)} ms of CPU a sign-in`,
      );
      continue;
    }
    const people = `with ${size.toLocaleString('en')} people to ${sizes[0].toLocaleString('en')}, ${store}`;
    say(`CPU of a sign-in ${people}`, ratio(cpu, index), '≤ 1.1 ×');
    // The database server's own work is not part of our process.
    if (store === 'mongodb') say(`time of a sign-in ${people}`, ratio(time, index), '≤ 1.1 ×');
  }
  await Promise.all(servers.map((server) => server.stop()));
}
