import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { loadSettings, type LoadOptions } from './load.ts';
import { describeMistakes } from './config-errors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const factorSettings = {
  card: z.strictObject({ digits: z.int().min(4).max(8).default(6) }),
  mail: z.strictObject({ pepper: z.string().min(16).meta({ secret: true }).optional() }),
  app: z.strictObject({}),
};

let files = 0;
async function load(text: string, options: Partial<LoadOptions> = {}) {
  files += 1;
  const file = join(folder, `${files}.yaml`);
  await writeFile(file, text, { mode: 0o600 });
  return loadSettings({ file, factorSettings, ...options });
}

const base = `issuer: https://id.example
name: Example
state: state
mail: { outbox: true }
factors:
  mail: {}
  card: {}
`;
const local = base.replace('https://id.example', 'http://localhost:4000');

async function mistakesOf(text: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
  const loaded = await load(text, options);
  return loaded.ok ? [] : describeMistakes(loaded.mistakes).split('\n');
}

const client = (more: string) => `${local}clients:
  - { id: rp, secret: 0123456789abcdef, redirectUris: [https://rp.example/cb], ${more} }
`;
test('secrets from files and from the environment; the environment wins', async () => {
  await writeFile(join(folder, 'secret.txt'), 'from-a-file-0123456789\n');
  const text = client('')
    .replace('secret: 0123456789abcdef', 'secretFile: secret.txt')
    .replace('mail: {}', 'mail: { settings: { pepperFile: secret.txt } }');
  const fromFile = await load(text);
  if (!fromFile.ok) throw new Error(describeMistakes(fromFile.mistakes));
  expect(fromFile.settings.clients[0]?.secret).toBe('from-a-file-0123456789');
  expect(fromFile.settings.factors['mail']?.settings).toEqual({ pepper: 'from-a-file-0123456789' });

  const env = {
    REKEY_CLIENTS_RP_SECRET: 'from-the-environment',
    REKEY_LISTEN_PORT: '5000',
    REKEY_ROOT_KEY_FILE: join(folder, 'key'),
  };
  await writeFile(join(folder, 'key'), 'ab'.repeat(32));
  const fromEnv = await load(text, { env });
  if (!fromEnv.ok) throw new Error(describeMistakes(fromEnv.mistakes));
  expect(fromEnv.settings.clients[0]?.secret).toBe('from-the-environment');
  expect(fromEnv.settings.listen.port).toBe(5000);
  expect(fromEnv.settings.rootKey).toBe('ab'.repeat(32));
});

test('mistakes of the environment name the variable, and no secret is ever quoted', async () => {
  const env = {
    REKEY_LISTEN_PORT: 'many',
    REKEY_ROOT_KEY: 'hunter2',
    REKEY_MAIL_SMTP_PASSWORD_FILE: join(folder, 'no-such-file'),
  };
  const smtp = local.replace('{ outbox: true }', '{ smtp: { host: h, from: { name: n, address: a@b.example } } }');
  const mistakes = (await mistakesOf(smtp, { env })).join('\n');
  expect(mistakes).toContain(
    'environment variable REKEY_LISTEN_PORT, listen.port: expected a port, 1 to 65535, found "many".',
  );
  expect(mistakes).toContain('environment variable REKEY_ROOT_KEY, rootKey: expected at least 32 random bytes');
  expect(mistakes).toContain(
    'REKEY_MAIL_SMTP_PASSWORD_FILE, mail.smtp.password: expected the path of a file that can be read.',
  );
  expect(mistakes).not.toContain('hunter2');
});

test('an unknown variable is a warning with a did-you-mean, since platforms set some of their own', async () => {
  const loaded = await load(local, { env: { REKEY_LISTEN_PROT: '1', OTHER: '2', REKEY_CONFIG: 'x' } });
  expect(loaded.ok).toBe(true);
  expect(describeMistakes(loaded.warnings)).toBe(
    'environment variable REKEY_LISTEN_PROT: is not known and was not used. Did you mean REKEY_LISTEN_PORT?',
  );
});

test('a secret given twice, or in a file that cannot be read', async () => {
  expect(await mistakesOf(client('secretFile: secret.txt'))).toEqual([
    'line 9, clients[0].secretFile: is given beside clients[0].secret: keep one of them.',
  ]);
  expect(await mistakesOf(`${local}rootKeyFile: nowhere`)).toEqual([
    'line 8, rootKeyFile: expected the path of a file that can be read.',
  ]);
});

test('a secret in a file that others may read is a warning', async () => {
  const file = join(folder, 'open.yaml');
  await writeFile(file, client(''));
  await chmod(file, 0o644);
  const loaded = await loadSettings({ file, factorSettings });
  expect(loaded.ok).toBe(true);
  expect(describeMistakes(loaded.warnings)).toBe(
    'line 9, clients[0].secret: is a secret in a file that others may read (mode 644): use secretFile, or chmod 600.',
  );
  await chmod(file, 0o600);
  expect((await loadSettings({ file, factorSettings })).warnings).toEqual([]);
});
