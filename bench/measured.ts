/** A server process to be measured, and load on it. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { generateSync } from 'otplib';
import { signIn } from './conversation.ts';
import { password } from './many-people.ts';
import type { Used } from './served.ts';

export interface Measured {
  readonly port: number;
  readonly process: ChildProcess;
  readonly ready: Readonly<Record<string, unknown>>;
  order<T>(order: string, value?: unknown): Promise<T>;
  used(): Promise<Used>;
  stop(): Promise<void>;
}

interface ServerStart {
  readonly compileCache: string;
  readonly serverFlags: readonly string[];
  readonly startEnvironment: Readonly<Record<string, string>>;
}

/** The product is measured as `rekey start` runs it: with the same flags, variables and compile cache. */
async function asStarted(): Promise<{
  readonly env: ServerStart['startEnvironment'];
  readonly flags: readonly string[];
}> {
  const runtime: string = '../bin/runtime.mjs';
  const { compileCache, serverFlags, startEnvironment } = (await import(runtime)) as ServerStart;
  return { env: { ...startEnvironment, NODE_COMPILE_CACHE: compileCache }, flags: serverFlags };
}

export async function measured(file: string, ...args: string[]): Promise<Measured> {
  const isProduct = file !== 'bare-server.ts';
  const { env, flags } = isProduct ? await asStarted() : { env: {}, flags: [] };
  const child = fork(join(import.meta.dirname, file), args, {
    env: { ...process.env, ...env },
    execArgv: ['--disable-warning=ExperimentalWarning', ...flags],
  });
  const waiting = new Map<number, (result: unknown) => void>();
  let count = 0;
  const ready = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    child.on('message', (message: { ready?: Readonly<Record<string, unknown>>; number?: number; result?: unknown }) => {
      if (message.ready) resolve(message.ready);
      else if (message.number !== undefined) waiting.get(message.number)?.(message.result);
    });
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  const order = <T>(name: string, value?: unknown): Promise<T> =>
    new Promise<T>((resolve) => {
      const number = count++;
      waiting.set(number, (result) => resolve(result as T));
      child.send({ order: name, value, number });
    });
  return {
    port: Number(ready['port']),
    process: child,
    ready,
    order,
    used: () => order<Used>('used'),
    async stop() {
      if (isProduct) await order('close');
      // A clean stop, so that the compile cache is written for the next process.
      child.disconnect();
      await new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

/**
 * Signs in `count` times, `atOnce` in parallel, as people `from`, `from` + 1 … of the product (the bare engine has
 * none).
 */
export async function load(server: Measured, count: number, people: number, atOnce = 8): Promise<void> {
  let now = Number(server.ready['now'] ?? 0);
  for (let done = 0; done < count;) {
    const batch = Math.min(people, count - done);
    // Each code counts once: the next round of the same people is a time step later.
    if (now > 0) now = await server.order<number>('advance', 30_000);
    const code =
      now > 0 ? generateSync({ secret: String(server.ready['totp']), epoch: Math.floor(now / 1000) }) : '000000';
    let next = 0;
    const worker = async () => {
      while (next < batch) {
        const number = next++;
        await signIn(server.port, { username: `bench-${number}`, password, code });
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, batch) }, worker));
    done += batch;
  }
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
