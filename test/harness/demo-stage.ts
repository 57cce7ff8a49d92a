// A demo that runs, and a browser, for the tests of one file. To be called at the top of a test file or of a `describe`:
// it sets the hooks.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { newPorts, runDemo, type RunningDemo } from './running-demo.ts';

export interface DemoStage {
  readonly running: RunningDemo;
  /** Address of the helper page. */
  readonly helper: string;
  readonly browser: Browser;
  /** What the helper page gives to scripts at this path. */
  json<T>(path: string): Promise<T>;
}

/** @param deployment default: the demo's own */
export function useDemo(deployment?: string): DemoStage {
  let folder: string | undefined;
  let made: Pick<DemoStage, 'running' | 'browser'> | undefined;
  const now = () => {
    if (!made) throw new Error('The demo runs only while tests run.');
    return made;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekey-demo-'));
    const running = await runDemo(folder, await newPorts(), deployment === undefined ? {} : { deployment });
    made = { running, browser: await launchBrowser() };
  }, 60_000);
  afterAll(async () => {
    await made?.browser.close();
    await made?.running.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });
  const helperOf = ({ running }: Pick<DemoStage, 'running'>): string => running.demo.addresses.helperPage;
  return {
    get running() {
      return now().running;
    },
    get helper() {
      return helperOf(now());
    },
    get browser() {
      return now().browser;
    },
    json: async <T>(path: string) => (await (await fetch(`${helperOf(now())}${path}`)).json()) as T,
  };
}
