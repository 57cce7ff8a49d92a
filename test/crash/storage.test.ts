import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import { storeFolder } from '../harness/store-folder.ts';
import { faultsOf } from './people.ts';

const KILLS = 50;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const { at } = storeFolder();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Running {
  /** Complete lines printed so far. */
  readonly lines: () => string[];
  readonly started: Promise<unknown>;
  readonly kill: () => Promise<void>;
  readonly exited: Promise<unknown[]>;
}

function run(script: string, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = once(child, 'close');
  return {
    lines: () => output.split('\n').slice(0, -1),
    started: Promise.race([once(child.stdout, 'data'), exited]),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    exited,
  };
}

test(`${KILLS} times kill -9: nothing acknowledged is missing, nothing is torn, the indexes agree, the store opens at once`, async () => {
  const openings: number[] = [];
  const ordinary: number[] = [];
  const opened = async (times: number[]) => {
    const before = performance.now();
    const storage = await openEmbedded({ file: at.file, clock: { now: () => 0 } });
    await storage.ping();
    times.push(performance.now() - before);
    return storage;
  };
  const acknowledged: string[] = [];
  for (let killed = 0; killed < KILLS; killed += 1) {
    const writer = run('write-on.ts', at.file);
    await writer.started;
    await setTimeout(randomInt(0, 120));
    await writer.kill();
    const lines = writer.lines();
    expect(lines.length).toBeGreaterThan(0);
    acknowledged.push(...lines);

    const storage = await opened(openings);
    expect(await faultsOf(storage, at.file, lines)).toStrictEqual([]);
    await storage.close();
    await (await opened(ordinary)).close();
  }
  const storage = await openEmbedded({ file: at.file, clock: { now: () => 0 } });
  expect(await faultsOf(storage, at.file, acknowledged)).toStrictEqual([]);
  await storage.close();
  expect(acknowledged.length).toBeGreaterThan(KILLS * 10);
  expect(median(openings)).toBeLessThan(5 * median(ordinary));
}, 120_000);

test('a process beside one that is killed again and again continues, and both keep what was acknowledged', async () => {
  const survivor = run('write-on.ts', at.file, 's');
  await survivor.started;
  const acknowledged: string[] = [];
  for (let killed = 0; killed < 8; killed += 1) {
    const victim = run('write-on.ts', at.file, 'v');
    await victim.started;
    await setTimeout(randomInt(0, 80));
    const seen = survivor.lines().length;
    await victim.kill();
    while (survivor.lines().length === seen) await setTimeout(5);
    acknowledged.push(...victim.lines());
  }
  await survivor.kill();
  acknowledged.push(...survivor.lines());
  const storage = await openEmbedded({ file: at.file, clock: { now: () => 0 } });
  expect(await faultsOf(storage, at.file, acknowledged)).toStrictEqual([]);
  await storage.close();
}, 60_000);

test('two processes raise the same counters: every raise counts once', async () => {
  const TIMES = 200;
  const processes = [run('count-up.ts', at.file, String(TIMES)), run('count-up.ts', at.file, String(TIMES))];
  expect(await Promise.all(processes.map(({ exited }) => exited))).toStrictEqual([
    [0, null],
    [0, null],
  ]);
  const storage = await openEmbedded({ file: at.file, clock: { now: () => 0 } });
  const counters = storage.collection<{ count: number }>({ name: 'counters' });
  const counts = (await counters.page({ limit: 10 })).items.map(({ id, value }) => [id, value.count]);
  expect(counts).toStrictEqual(['a', 'b', 'c'].map((id) => [id, 2 * TIMES]));
  await storage.close();
}, 60_000);
