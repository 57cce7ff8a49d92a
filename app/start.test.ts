/** The start as a process: what it refuses before it listens. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';

const main = join(import.meta.dirname, '../main.ts');
let folder: string | undefined;
afterEach(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true });
  folder = undefined;
});

test('A-220 a start with a client that the engine refuses prints its line and creates nothing', async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-start-'));
  const file = join(folder, 'deployment.yaml');
  await writeFile(
    file,
    `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
factors: { email-otp: {} }
clients:
  - id: tax
    tokenEndpointAuthMethod: private_key_jwt
    redirectUris: [http://localhost:4001/cb]
    jwks: { keys: [{ kty: EC, crv: P-256, kid: 7, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0 }] }
`,
    { mode: 0o600 },
  );
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, REKEY_CONFIG: file },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const told = await text(child.stderr);
  expect([await ended, told.trim().split('\n')]).toEqual([
    3,
    [
      expect.stringMatching(
        /clients\[0\]\.jwks.*is refused by the engine: .*jwks\.keys\[0\]\.kid must be a non-empty string/,
      ),
    ],
  ]);
  expect(await readdir(folder)).toEqual(['deployment.yaml']);
});
