import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../test/harness/free-port.ts';
import { newPorts, runDemo } from '../test/harness/running-demo.ts';
import { until } from '../test/harness/until.ts';
import { resetDemo } from './reset.ts';

const folders: string[] = [];
const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-demo-'));
  folders.push(folder);
  return folder;
};
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('starting and beginning anew', () => {
  let taken: Server | undefined;
  beforeEach(() => {
    taken = undefined;
  });
  afterEach(async () => {
    await new Promise((resolve) => (taken ? taken.close(resolve) : resolve(undefined)));
  });

  test.each([
    ['relyingParty', 'REKEY_DEMO_RELYING_PARTY_PORT'],
    ['helper', 'REKEY_DEMO_HELPER_PORT'],
  ] as const)('a taken port (%s) is said in one line, with the way out', async (which, variable) => {
    const ports = await newPorts();
    const blocker = createServer();
    taken = blocker;
    await new Promise<void>((resolve) => {
      blocker.listen(ports[which], '127.0.0.1', resolve);
    });
    const failed = await runDemo(await newFolder(), ports).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failed?.name).toBe('PortTaken');
    expect(failed?.message).toContain(`Port ${ports[which]} is taken`);
    expect(failed?.message).toContain(`${variable}=`);
    expect(failed?.message).not.toContain('\n');
    const other = which === 'helper' ? ports.relyingParty : ports.helper;
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(other, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    expect(open).toBe(false);
  });

  test('the state survives a restart, and a reset removes it; a running demo refuses the reset', async () => {
    const [state, ports] = [await newFolder(), await newPorts()];
    let running = await runDemo(state, ports);
    const { settings } = running.services;
    await running.mail.send({ to: 'jan@example.org', subject: 'kept', text: '', messageId: '<a@b>', language: 'nl' });
    await fetch(`${running.demo.addresses.helperPage}/demo.json`);
    expect(await resetDemo(settings)).toEqual({ refused: expect.stringContaining('The demo runs') });
    const elsewhere = await freePort();
    const otherPort = { ...settings, listen: { ...settings.listen, port: elsewhere } };
    expect(await resetDemo(otherPort)).toEqual({ refused: expect.stringContaining(`port ${ports.provider}`) });
    await running.stop();

    running = await runDemo(state, ports);
    const messages = await fetch(`${running.demo.addresses.helperPage}/messages.json`);
    expect(await messages.json()).toMatchObject([{ subject: 'kept' }]);
    await running.stop();

    expect(await resetDemo(settings)).toEqual({ removed: expect.any(Number) });
    expect(await readdir(state)).toEqual([]);
    running = await runDemo(state, ports);
    expect(await (await fetch(`${running.demo.addresses.helperPage}/messages.json`)).json()).toEqual([]);
    await running.stop();
  });

  test('a folder that does not belong to the demo is not changed', async () => {
    const [state, ports] = [await newFolder(), await newPorts()];
    const running = await runDemo(state, ports);
    const { settings } = running.services;
    await running.stop();
    await writeFile(join(state, 'thesis.odt'), 'years of work');
    expect(await resetDemo(settings)).toEqual({ refused: expect.stringContaining('thesis.odt') });
    expect(await readdir(state)).toContain('root.key');
    await rm(join(state, 'thesis.odt'));
    expect(await resetDemo({ ...settings, demo: { ...settings.demo, enabled: false } })).toEqual({
      refused: expect.stringContaining('not a demo'),
    });
    expect(await readdir(state)).toContain('root.key');
  });

  test('ending `npm start`, as a supervisor does, ends the server too', async () => {
    const [state, ports] = [await newFolder(), await newPorts()];
    const npm = spawn('npm', ['start'], {
      cwd: join(import.meta.dirname, '..'),
      stdio: 'ignore',
      detached: true,
      env: {
        ...process.env,
        REKEY_STATE: state,
        REKEY_LISTEN_PORT: String(ports.provider),
        REKEY_DEMO_RELYING_PARTY_PORT: String(ports.relyingParty),
        REKEY_DEMO_HELPER_PORT: String(ports.helper),
      },
    });
    const answers = () =>
      fetch(`http://localhost:${ports.provider}/health/live`).then(
        () => true,
        () => false,
      );
    try {
      await until('the server answers', answers);
      npm.kill('SIGTERM');
      await until('the server is gone', async () => !(await answers()));
      expect(await answers()).toBe(false);
    } finally {
      try {
        if (npm.pid !== undefined) process.kill(-npm.pid, 'SIGKILL');
      } catch {
        // Nothing is left of it, as it should be.
      }
    }
  });
});

test.each(['0.0.0.0', '::', '::ffff:0.0.0.0', '0'])(
  'A-224 a demo does not start on %s: one line, exit code 3, and the check of the configuration says the same',
  async (host) => {
    const [state, ports] = [await newFolder(), await newPorts()];
    const env = {
      PATH: process.env['PATH'],
      REKEY_STATE: join(state, 'demo'),
      REKEY_LISTEN_HOST: host,
      REKEY_LISTEN_PORT: String(ports.provider),
    };
    const run = (...words: string[]) =>
      promisify(execFile)(process.execPath, words, { cwd: join(import.meta.dirname, '..'), env, timeout: 20_000 }).then(
        () => ({ code: 0, stderr: '' }),
        ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
      );
    const says =
      /^environment variable REKEY_LISTEN_HOST, listen\.host: expected 127\.0\.0\.1, ::1 or localhost in a demo[^\n]*\n$/m;
    expect(await run('main.ts')).toEqual({ code: 3, stderr: expect.stringMatching(says) });
    expect(await readdir(state)).toEqual([]);
    expect(await run('app/command-line.ts', 'config', 'check')).toEqual({
      code: 3,
      stderr: expect.stringMatching(says),
    });
  },
);
