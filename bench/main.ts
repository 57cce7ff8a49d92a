/** `npm run bench`: every figure that the product promises, as ratios in one run. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSlowHash } from '../passwords/argon2.ts';
import { fetchFrom } from './conversation.ts';
import { growth } from './growth.ts';
import { passkey } from './passkey.ts';
import { load, measured, median, percentile } from './measured.ts';
import { preflight } from './preflight.ts';
import { roundTrips } from './round-trips.ts';
import { site } from './site.ts';

const wanted = process.argv.slice(2);
const say = (figure: string, value: string, promised: string) =>
  console.log(`${figure.padEnd(62)} ${value.padStart(12)}   promised ${promised}`);

async function cpu(): Promise<void> {
  const [bare, product] = await Promise.all([measured('bare-server.ts'), measured('product-server.ts', 'no-hash')]);
  await product.order('people', 200);
  const round = 400;
  const ratios: number[] = [];
  for (let pair = -1; pair < 5; pair += 1) {
    const each: number[] = [];
    for (const server of [bare, product]) {
      const before = await server.used();
      await load(server, round, 200);
      each.push(((await server.used()).cpu - before.cpu) / round);
    }
    const [bareCpu = 0, productCpu = 0] = each;
    console.log(
      `  ${pair < 0 ? 'warm-up' : `pair ${pair + 1}`}: bare engine ${bareCpu.toFixed(2)} ms, product ${productCpu.toFixed(2)} ms of CPU a sign-in`,
    );
    if (pair >= 0) ratios.push(productCpu / bareCpu);
  }
  say('CPU of a sign-in with an app, hash left out, to bare engine', `${median(ratios).toFixed(2)} ×`, '≤ 2.3 ×');
  await Promise.all([bare.stop(), product.stop()]);
}

async function hash(): Promise<void> {
  const [bare, product] = await Promise.all([
    measured('bare-server.ts', 'hash'),
    measured('product-server.ts', 'hash'),
  ]);
  await product.order('people', 200);
  const alone = createSlowHash();
  const phc = await alone.hash('x');
  const shares: number[] = [];
  const bareShares: number[] = [];
  const delays: number[] = [];
  for (let pair = -1; pair < 4; pair += 1) {
    const count = 200;
    const hashed = performance.now();
    await Promise.all(Array.from({ length: count }, () => alone.matches(phc, 'x')));
    const hashRate = count / (performance.now() - hashed);
    const bareBegun = performance.now();
    await load(bare, count, 200, 32);
    const bareRate = count / (performance.now() - bareBegun);
    const under = { load: true };
    const asking = (async () => {
      while (under.load) {
        const begun = performance.now();
        await fetchFrom(product.port, '/.well-known/openid-configuration');
        if (pair >= 0) delays.push(performance.now() - begun);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const begun = performance.now();
    await load(product, count, 200, 32);
    const rate = count / (performance.now() - begun);
    under.load = false;
    await asking;
    console.log(
      `  ${pair < 0 ? 'warm-up' : `pair ${pair + 1}`}: ${(hashRate * 1000).toFixed(0)} hashes/s alone, ${(bareRate * 1000).toFixed(0)} of the bare engine/s, ${(rate * 1000).toFixed(0)} sign-ins/s`,
    );
    if (pair < 0) continue;
    shares.push(rate / hashRate);
    bareShares.push(bareRate / hashRate);
  }
  say(
    `sign-ins with argon2id to what the hash alone allows (${availableParallelism()} cores)`,
    median(shares).toFixed(2),
    '≥ 0.9',
  );
  say('the same of the bare engine with the same hash', median(bareShares).toFixed(2), 'nothing');
  say('discovery meanwhile, p95', `${percentile(delays, 0.95).toFixed(1)} ms`, '≤ 25 ms');
  await Promise.all([bare.stop(), product.stop()]);
}

async function start(): Promise<void> {
  const root = join(import.meta.dirname, '..');
  for (const [name, command, args, promised] of [
    ['npm start', 'npm', ['start'], '≤ 2 s'],
    ['the process', process.execPath, ['main.ts'], '≤ 1 s'],
  ] as const) {
    for (const kind of ['first start', 'next start'] as const) {
      const times: number[] = [];
      let state = '';
      for (let pair = 0; pair < 5; pair += 1) {
        if (kind === 'first start' || state === '') state = await mkdtemp(join(tmpdir(), 'rekey-start-'));
        const env = {
          ...process.env,
          REKEY_STATE: state,
          REKEY_LISTEN_PORT: '3990',
          REKEY_DEMO_RELYING_PARTY_PORT: '3991',
          REKEY_DEMO_HELPER_PORT: '3992',
        };
        const begun = performance.now();
        const child = spawn(command, args, { cwd: root, env, stdio: 'ignore', detached: true });
        for (;;) {
          const up = await fetchFrom(3990, '/.well-known/openid-configuration').catch(() => undefined);
          if (up?.status === 200) break;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        if (kind === 'first start' || pair > 0) times.push(performance.now() - begun);
        const ended = new Promise((resolve) => child.once('exit', resolve));
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
        await ended;
        if (kind === 'first start') await rm(state, { recursive: true, force: true });
      }
      if (kind === 'next start') await rm(state, { recursive: true, force: true });
      say(
        `${name} until discovery answers, ${kind}, median of ${times.length}`,
        `${median(times).toFixed(0)} ms`,
        promised,
      );
    }
  }
}

async function memory(): Promise<void> {
  // Compiled ahead, as a normal start is.
  await (await measured('product-server.ts', 'no-hash')).stop();
  const product = await measured('product-server.ts', 'no-hash');
  await product.order('people', 1_000);
  let done = 0;
  for (const until of [1_000, 5_000, 10_000]) {
    await load(product, until - done, 1_000);
    done = until;
    const { resident } = await product.used();
    say(
      `resident after ${until.toLocaleString('en')} sign-ins`,
      `${(resident / 1_048_576).toFixed(0)} MB`,
      '≤ 180 MB, flat',
    );
  }
  await product.stop();
}

const sections: Readonly<Record<string, () => Promise<void>>> = {
  cpu,
  passkey: () => passkey(say),
  site: () => site(say),
  hash,
  start,
  memory,
  growth: () => growth(say),
  preflight: () => preflight(say),
  storage: async () => {
    await roundTrips(say);
    // A complete run has measured the growth just before.
    if (wanted.includes('storage')) await growth(say);
  },
};
const unknown = wanted.filter((name) => sections[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no figure called ${unknown.join(', ')}; there are ${Object.keys(sections).join(', ')}.`);
  process.exitCode = 2;
} else {
  for (const [name, run] of Object.entries(sections)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`\n${name}`);
    await run();
  }
}
