/** Servers that start with a configuration that takes a way in from people. */
import { writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../test/harness/admin-services.ts';
import { freePort } from '../test/harness/free-port.ts';
import { serverProcess } from '../test/harness/server-process.ts';
import { createConfigurationWatch } from './configuration-watch.ts';

let admin: AdminServices | undefined;
afterEach(() => admin?.close());

const yaml = (
  port: number,
  accepts: string,
  factors = 'token-card: {}, authenticator-app: {}',
) => `issuer: http://localhost:${port}
name: Test
listen: { port: ${port} }
state: state
mail: { outbox: true }
factors: { ${factors} }
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb], accepts: [${accepts}] }
`;
const both = 'token-card, authenticator-app';
const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };

async function deployment({ onStoreOfRun = true } = {}): Promise<{
  readonly admin: AdminServices;
  readonly port: number;
}> {
  const port = await freePort();
  const opened = await adminServices({ configuration: yaml(port, both), now: Date.now(), onStoreOfRun });
  admin = opened;
  const lines = ['an', 'bart'].map((username) => JSON.stringify({ username, keys: [app], language: 'en' }));
  expect((await opened.rekey('person import -', lines.join('\n'))).exit).toBe(0);
  return { admin: opened, port };
}

/** Leaders of their own, as processes are that take the lease one after the other. */
async function watches(opened: AdminServices, count: number) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const logged: { readonly event: string; readonly stranded: number }[] = [];
      const services = await opened.open();
      const log = Object.assign(Object.create(services.log) as typeof services.log, {
        error: (line: (typeof logged)[number]) => void logged.push(line),
      });
      const leader = { isLeader: () => true, onElected: () => undefined };
      return { logged, watch: createConfigurationWatch({ services: { ...services, log }, leader }) };
    }),
  );
}
const trail = async (opened: AdminServices) =>
  (await opened.rekey('audit list --action configuration --json')).json<readonly object[]>();

test('A-404 many that start at once tell it in the audit log once, and again for no later start', async () => {
  const { admin: opened, port } = await deployment();
  for (const { watch } of await watches(opened, 1)) await watch.look();
  expect(await trail(opened)).toEqual([]);
  await writeFile(opened.file, yaml(port, 'token-card'));
  const nodes = await watches(opened, 4);
  await Promise.all(nodes.map(({ watch }) => watch.look()));
  for (const { watch, logged } of nodes) {
    await watch.look();
    expect(logged).toMatchObject([{ event: 'configuration.strands', stranded: 2, clients: { tax: 2 } }]);
  }
  expect(await trail(opened)).toMatchObject([
    {
      action: 'configuration.strands',
      actor: 'system',
      facts: {
        stranded: 2,
        differences: [{ setting: 'clients.tax.accepts', before: 'authenticator-app, token-card' }],
      },
    },
  ]);
  await writeFile(opened.file, yaml(port, both));
  for (const { watch, logged } of await watches(opened, 2)) {
    await watch.look();
    expect(logged).toEqual([]);
  }
  await writeFile(opened.file, yaml(port, 'token-card'));
  for (const { watch } of await watches(opened, 2)) await watch.look();
  expect(await trail(opened)).toHaveLength(1);
});

test('A-404 who is not the leader looks at nothing', async () => {
  const { admin: opened } = await deployment();
  const services = await opened.open();
  const leader = { isLeader: () => false, onElected: () => undefined };
  await createConfigurationWatch({ services, leader }).look();
  expect(await services.configurations.read()).toEqual({ told: [], allowed: [], pending: [] });
});

test('A-405 the server starts all the same, says in its log how many it shuts out, and serves', async () => {
  const { admin: opened, port } = await deployment({ onStoreOfRun: false });
  for (const { watch } of await watches(opened, 1)) await watch.look();
  await writeFile(opened.file, yaml(port, 'token-card', 'token-card: {}'));
  const server = serverProcess({ REKEY_CONFIG: opened.file });
  try {
    await server.until('configuration.strands');
    expect(server.lines('configuration.strands')).toMatchObject([
      { level: 50, stranded: 2, clients: { tax: 2 }, held: { 'authenticator-app': { people: 2 } } },
    ]);
    const answered = await fetch(`http://localhost:${port}/.well-known/openid-configuration`);
    expect(answered.status).toBe(200);
  } finally {
    await server.stop();
  }
});
