/**
 * The demo behind TLS with the relying parties of the suite: writes its configuration into a new folder, starts it, and
 * stops it.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { clientsFor, frontPort, issuer, newKey, root, writeConfiguration } from './configuration.ts';
import { freePorts } from '../harness/free-port.ts';
import { certificate, startFront } from './tls-front.ts';

const Demo = z.object({
  people: z.array(z.object({ username: z.string(), password: z.string(), email: z.string(), language: z.string() })),
});
export type DemoPerson = z.infer<typeof Demo>['people'][number];

export interface Deployment {
  readonly people: readonly DemoPerson[];
  readonly userinfo: string;
  /** Private keys of the two FAPI relying parties. */
  readonly keys: readonly [object, object];
  /** Texts of the messages to an address, newest last. */
  messagesTo(email: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Resolves once the people of the demo exist. The front's port must be free. */
export async function startDeployment(
  suite: string,
  { logoutUri }: { readonly logoutUri: boolean },
): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-conformance-'));
  const ports = await freePorts(3);
  const [port = 0, , helperPort = 0] = ports;
  const keys = [newKey('one'), newKey('two')] as const;
  const more = clientsFor(suite, logoutUri, [keys[0].open, keys[1].open]);
  const file = await writeConfiguration(folder, more, suite, ports);
  const child = spawn(process.execPath, ['bin/rekey.mjs', 'start'], {
    cwd: root,
    env: { ...process.env, REKEY_CONFIG: file },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-2_000)));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const front = await startFront(frontPort, port);
  const helper = `http://localhost:${helperPort}`;
  const stop = async () => {
    front.closeAllConnections();
    front.close();
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const demo = Demo.parse(
      await firstAnswer(`${helper}/demo.json`, () => (child.exitCode === null ? undefined : said)),
    );
    const discovery: unknown = JSON.parse(await readFront('/.well-known/openid-configuration'));
    return {
      people: demo.people,
      userinfo: z.object({ userinfo_endpoint: z.string() }).parse(discovery).userinfo_endpoint,
      keys: [keys[0].secret, keys[1].secret],
      async messagesTo(email) {
        const all: unknown = await (await fetch(`${helper}/messages.json`)).json();
        const messages = z.array(z.object({ to: z.string(), text: z.string() })).parse(all);
        return messages.filter((message) => message.to === email).map((message) => message.text);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reads it as a relying party does; only here the front's certificate is trusted. */
async function readFront(path: string): Promise<string> {
  const ca = await readFile(certificate);
  return new Promise((resolve, reject) => {
    const asked = get(`${issuer}${path}`, { ca }, (answer) => {
      text(answer).then(resolve, reject);
    });
    asked.on('error', reject);
  });
}

async function firstAnswer(url: string, gone: () => string | undefined): Promise<unknown> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return answer.json();
    const said = gone();
    if (said !== undefined) throw new Error(`The demo did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
