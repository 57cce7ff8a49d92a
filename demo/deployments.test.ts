/** Every deployment that comes with the product, as `npm start -- --deployment <name>` runs it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { chooseDeployment, readDeployment } from '../app/services.ts';
import { describeMistakes } from '../config/config-errors.ts';
import { newPorts, runDemo } from '../test/harness/running-demo.ts';
import { readDemoPeople } from './demo-people.ts';
import type { ShownPerson } from './shown-person.ts';

const root = join(import.meta.dirname, '..');
const shipped = (await readdir(join(root, 'config/deployments')))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace(/\.yaml$/, ''));
const folder = await mkdtemp(join(tmpdir(), 'rekey-deployments-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(name: string, env: Readonly<Record<string, string>> = {}) {
  const chosen = await chooseDeployment({ name, file: undefined });
  if (!chosen.ok) throw new Error(chosen.says);
  return (await readDeployment(chosen.files, env)).loaded;
}

test('the default is the demo, and each deployment has a folder and people of its own', async () => {
  expect(await chooseDeployment({ name: undefined, file: undefined })).toEqual(
    await chooseDeployment({ name: 'demo', file: undefined }),
  );
  const all = await Promise.all(shipped.map((name) => read(name)));
  const settings = all.map((loaded) => {
    if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
    return loaded.settings;
  });
  expect(new Set(settings.map(({ state }) => state)).size).toBe(shipped.length);
  expect(new Set(settings.map(({ demo }) => demo.people)).size).toBe(shipped.length);
});

describe.each(shipped)('%s on this machine', (name) => {
  test('two services with different requirements; no mail leaves; addresses follow from the ports', async () => {
    const loaded = await read(name, { REKEY_LISTEN_PORT: '4400', REKEY_DEMO_RELYING_PARTY_PORT: '4401' });
    if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
    const { settings, warnings } = loaded;
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({
      issuer: 'http://localhost:4400',
      listen: { host: '127.0.0.1', proxy: false },
      mail: { outbox: true },
      demo: { enabled: true },
    });
    const ids = [settings.demo.client, ...settings.demo.furtherClients];
    const clients = ids.map((id) => settings.clients.find((client) => client.id === id));
    expect(clients.length).toBeGreaterThanOrEqual(2);
    const asked = clients.map((client) =>
      JSON.stringify([client?.level, client?.accepts, client?.thirdParty, client?.deviceGrant]),
    );
    expect(new Set(asked).size).toBe(asked.length);
    // A-586
    expect(clients.map((client) => client?.backchannelLogoutUri)).toEqual(
      ids.map((id, index) => `http://localhost:4401${index === 0 ? '' : `/${id}`}/backchannel-logout`),
    );
    expect(settings.internalHosts).toContain('localhost:4401');
    // A device without a browser is sent nowhere.
    expect(clients.map((client) => client?.redirectUris)).toEqual(
      ids.map((id, index) =>
        clients[index]?.deviceGrant ? [] : [`http://localhost:4401${index === 0 ? '' : `/${id}`}/callback`],
      ),
    );
    // A-696
    for (const [index, id] of ids.entries())
      expect(clients[index]?.tosUri).toBe(clients[index]?.thirdParty ? `http://localhost:4401/${id}/terms` : undefined);
  });

  test('not with a public issuer', async () => {
    const loaded = await read(name, { REKEY_ISSUER: 'https://id.example' });
    const says = loaded.ok ? '' : describeMistakes(loaded.mistakes);
    expect(says).toContain('must not be switched on with the issuer https://id.example');
  });

  test('people who can sign in, each with something to try; their printed codes are known', async () => {
    const said: string[] = [];
    const running = await runDemo(join(folder, name), await newPorts(), { deployment: name, said });
    try {
      const { people } = (await (await fetch(`${running.demo.addresses.helperPage}/demo.json`)).json()) as {
        people: ShownPerson[];
      };
      const { lines } = await readDemoPeople(running.services.settings.demo.people);
      expect(people).toHaveLength(lines.length);
      for (const { username, password, email, what, cards, keys, disabled } of people) {
        expect({ username, what }).not.toEqual({ username, what: '' });
        expect(await running.services.passwords.fault(password, { username, email: email ?? '' })).toBeUndefined();
        // Where a key can be activated during a sign-in, a person may have none yet.
        expect(keys.length > 0 || disabled || running.services.settings.signIn.secureAccount).toBe(true);
        expect(keys.filter((key) => key.includes('paper card'))).toHaveLength(cards.length);
      }
      expect(said.join('')).toContain(`config/deployments/${name}.yaml`);
      expect(said.join('')).not.toMatch(/undefined|\{\w+\}/);
      const start = await (await fetch(running.demo.addresses.services[1]?.address ?? '')).text();
      expect(start).toContain('This service asks');
    } finally {
      await running.stop();
    }
  });
});

test.each(['csma', '../secrets', 'CSAM', ''])('an unknown name (%p) is one line with the known ones', async (name) => {
  const chosen = await chooseDeployment({ name, file: undefined });
  expect(chosen).toEqual({ ok: false, says: expect.stringContaining(`there are ${shipped.toSorted().join(', ')}.`) });
});

const run = (script: string, ...words: string[]) =>
  promisify(execFile)(process.execPath, [join(root, script), ...words], { env: { PATH: process.env['PATH'] } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

test.each([
  ['main.ts', 2],
  ['app/reset-demo.ts', 1],
])('%s takes --deployment, and says so in one line', async (script, code) => {
  const unknown = await run(script, '--deployment', 'csma');
  expect(unknown).toMatchObject({ code, stdout: '' });
  expect(unknown.stderr).toMatch(/^There is no deployment "csma": there are [^\n]+ Did you mean csam\?\n$/);
  const misspelt = await run(script, '--deploiment', 'csam');
  expect(misspelt).toMatchObject({ code, stdout: '' });
  expect(misspelt.stderr).toMatch(/^[^\n]*--deploiment[^\n]*--deployment <name>\.\n$/);
});

test('every command of rekey accepts it too, before or after its words, and not together with --config', async () => {
  const cli = 'bin/rekey.mjs';
  const told = await run(cli, '--deployment', 'csam', 'config', 'check');
  expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/csam\.yaml over .*csam\.yaml is in order/) });
  expect(await run(cli, 'config', 'check', '--deployment', 'csam')).toMatchObject({ code: 0, stdout: told.stdout });
  expect(await run(cli, 'config', 'check', '--deployment', 'csma')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there are csam,'),
  });
  expect(await run(cli, 'config', 'check', '--deployment', 'csam', '--config', 'x.yaml')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not both'),
  });
});

test('an overlay has only settings that the deployment itself need not have', async () => {
  const real = await readFile(join(root, 'config/deployments/csam.yaml'), 'utf8');
  expect(real).not.toMatch(/localhost|demo/);
});
