/**
 * What an administrator asks of all people: the pre-flight of a change of dates, the list of who holds a key, and how
 * soon a changed date decides.
 */
import { generateSync } from 'otplib';
import { signIn } from './conversation.ts';
import { databases } from './databases.ts';
import type { Say } from './growth.ts';
import { password } from './many-people.ts';
import { measured, median, percentile, type Measured } from './measured.ts';

const people = Number(process.env['BENCH_PEOPLE'] ?? 1_000_000);
const lines = Number(process.env['BENCH_LINES'] ?? 1_000_000);
const signers = 200;
/** Sign-ins begin ten a second. */
const everyMs = 100;
const runs = 5;

/** On the embedded store, and on the server that `MONGODB_URI` names. */
export async function preflight(say: Say): Promise<void> {
  await preflightOn('embedded', 2, say);
  if (databases.isGiven()) await preflightOn('mongodb', 5, say);
}

interface Looked {
  readonly ms: number;
  readonly people: number;
}

type Store = 'embedded' | 'mongodb';

async function preflightOn(store: Store, seconds: number, say: Say): Promise<void> {
  const server = await measured('preflight-server.ts', store);
  await server.order('people', signers);
  const filled = await server.order<number>('fill', people);
  const written = people.toLocaleString('en');
  console.log(
    `  ${store}: ${written} people of 112 shapes and more written in ${(filled / 1000).toFixed(0)} s (${(people / filled).toFixed(1)} a ms)`,
  );
  const look = () => server.order<Looked>('preflight');
  await look();
  const alone: number[] = [];
  for (let run = 0; run < runs; run += 1) alone.push((await look()).ms);
  const calm = await paced(server, signers);
  const [beside, busy] = await signInsWith(server, look);
  const calmAgain = await paced(server, signers);
  say(`pre-flight over ${written} people, ${store}`, `${(median(alone) / 1000).toFixed(2)} s`, `≤ ${seconds} s`);
  say('  the same with ten sign-ins a second', `${(median(beside) / median(alone)).toFixed(2)} ×`, '≤ 1.2 ×');
  const without = percentile([...calm, ...calmAgain], 0.95);
  say('  their p95 to that without a pre-flight', `${(percentile(busy, 0.95) / without).toFixed(2)} ×`, '≤ 1.3 ×');
  console.log(
    `  ${store}: sign-ins p95 ${without.toFixed(0)} ms without, ${percentile(busy, 0.95).toFixed(0)} ms with; ${beside.length} pre-flights meanwhile`,
  );
  await configured(server, [store, seconds, median(alone)], say);
  await listed(server, store, say);
  await changedDates(server, store, say);
  await counted(server, store, say);
  await server.stop();
}

/** The brake on a configuration that no longer enables a factor. */
async function configured(
  server: Measured,
  [store, seconds, preflightMs]: readonly [Store, number, number],
  say: Say,
): Promise<void> {
  const took: number[] = [];
  let stranded = 0;
  for (let run = 0; run < runs; run += 1) {
    const look = await server.order<Looked & { readonly stranded: number }>('configuration');
    took.push(look.ms);
    ({ stranded } = look);
  }
  say(
    `brake on a configuration, ${store} (${stranded.toLocaleString('en')} stranded)`,
    `${(median(took) / 1000).toFixed(2)} s`,
    `≤ ${seconds} s`,
  );
  say('  the same to a pre-flight of dates', `${(median(took) / preflightMs).toFixed(2)} ×`, 'nothing');
}

/** The figures of a retirement from the audit log, as the leader counts them: alone, and while people sign in. */
async function counted(server: Measured, store: Store, say: Say): Promise<void> {
  const written = lines.toLocaleString('en');
  const took = await server.order<number>('lines', lines);
  console.log(`  ${store}: ${written} lines written in ${(took / 1000).toFixed(0)} s`);
  const count = async () => {
    await server.order('forget');
    return server.order<{ readonly ms: number; readonly lines: number }>('count');
  };
  const { cpu: before } = await server.used();
  const alone = await count();
  const { cpu: after } = await server.used();
  say(
    `${written} lines of the audit log counted, ${store}`,
    `${((alone.ms / alone.lines) * (lines / 1000)).toFixed(0)} s`,
    '≤ 60 s',
  );
  say('  CPU for them', `${((after - before) / 1000).toFixed(1)} s`, 'nothing');
  const calm = await paced(server, signers);
  const counting = { goesOn: true };
  const beside = (async () => {
    while (counting.goesOn) await count();
  })();
  const busy = await paced(server, signers);
  counting.goesOn = false;
  const calmAgain = await paced(server, signers);
  const without = percentile([...calm, ...calmAgain], 0.95);
  say('  sign-ins meanwhile, p95 to that without', `${(percentile(busy, 0.95) / without).toFixed(2)} ×`, '≤ 1.3 ×');
  console.log(
    `  ${store}: sign-ins p50 ${percentile([...calm, ...calmAgain], 0.5).toFixed(0)} ms and p95 ${without.toFixed(0)} ms without, ${percentile(busy, 0.5).toFixed(0)} and ${percentile(busy, 0.95).toFixed(0)} ms while lines are counted`,
  );
  await beside;
}

/** Pre-flights one after another while people sign in: how long each took, and each sign-in (ms). */
async function signInsWith(
  server: Measured,
  look: () => Promise<Looked>,
): Promise<readonly [readonly number[], readonly number[]]> {
  const beside: number[] = [];
  const under = { load: true };
  const looking = (async () => {
    while (under.load) beside.push((await look()).ms);
  })();
  const busy = await paced(server, signers);
  under.load = false;
  await looking;
  return [beside, busy];
}

async function listed(server: Measured, store: string, say: Say): Promise<void> {
  const { ms, listed: lines, read } = await server.order<Record<'ms' | 'listed' | 'read', number>>('holders');
  say(
    `holders listed a second, ${store} (${lines.toLocaleString('en')} of ${read.toLocaleString('en')} read)`,
    Math.round((lines / ms) * 1000).toLocaleString('en'),
    '≥ 20,000',
  );
}

async function changedDates(server: Measured, store: string, say: Say): Promise<void> {
  const other = await measured('dates-reader.ts', String(server.ready['file']), 'email-otp');
  const [here, elsewhere]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    await other.order('lastDay');
    const sunsetAt = Date.now() + (100 + run) * 86_400_000;
    const waiting = other.order<number>('until', sunsetAt);
    const changed = await server.order<{ readonly here: number; readonly changed: number }>('changeDate', sunsetAt);
    here.push(changed.here);
    elsewhere.push((await waiting) - changed.changed);
  }
  await other.stop();
  say(`a changed date decides here, ${store}`, `${Math.max(...here).toFixed(1)} ms`, 'next request');
  say('  and in another process', `${(Math.max(...elsewhere) / 1000).toFixed(2)} s`, '≤ 5 s');
}

/** One sign-in of each person, begun at an even pace: how long each took (ms). */
async function paced(server: Measured, count: number): Promise<readonly number[]> {
  // Each code counts once: the next round is a time step later.
  const now = await server.order<number>('advance', 30_000);
  const code = generateSync({ secret: String(server.ready['totp']), epoch: Math.floor(now / 1000) });
  const took: number[] = [];
  await Promise.all(
    Array.from({ length: count }, async (_, number) => {
      await new Promise((resolve) => setTimeout(resolve, number * everyMs));
      const begun = performance.now();
      await signIn(server.port, { username: `bench-${number}`, password, code });
      took.push(performance.now() - begun);
    }),
  );
  return took;
}
