// Entries of `apis`, and clients that sign nobody in: what contradicts itself is a mistake with its place.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { loadSettings } from './load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-apis-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const base = `issuer: https://id.example
name: Example
state: state
mail: { outbox: true }
factors: { app: {} }
clients:
  - { id: web, secret: 0123456789abcdef, redirectUris: [https://app.example/cb] }
  - { id: api, secret: 0123456789abcdef }
`;
let number = 0;
async function mistakes(text: string): Promise<readonly string[]> {
  const file = join(folder, `${(number += 1)}.yaml`);
  await writeFile(file, text, { mode: 0o600 });
  const loaded = await loadSettings({ file, factorSettings: { app: z.strictObject({}) } });
  const found = loaded.ok ? [] : loaded.mistakes;
  return found.filter(({ path }) => /^(apis|clients)/.test(path)).map(({ path, says }) => `${path}: ${says}`);
}
const opaque = `apis:
  - resource: https://api.example/
    scopes: [read, write]
    clients: { web: [read] }
    introspectedBy: [api]
`;

test('A-603 a whole entry', async () => expect(await mistakes(base + opaque)).toEqual([]));

test.each<[string, string, RegExp]>([
  [
    'a client that is none',
    opaque.replace('web: [read]', 'wep: [read]'),
    /apis\[0\]\.clients\.wep: is none of the clients/,
  ],
  ['a scope that it has not', opaque.replace('web: [read]', 'web: [raed]'), /clients\.web.*none of its scopes: "raed"/],
  [
    'a standard scope',
    opaque.replace('[read, write]', '[read, email]'),
    /scopes\[1\]: "email" is a scope of OpenID Connect/,
  ],
  ['a fragment', opaque.replace('example/\n', 'example/#a\n'), /resource: expected an absolute address/],
  ['opaque tokens that nobody reads', opaque.replace('    introspectedBy: [api]\n', ''), /introspectedBy: is empty/],
  ['JWT that are introspected', `${opaque}    accessToken: { format: jwt }\n`, /introspectedBy: is for opaque tokens/],
  ['an API twice', opaque + opaque.replace('apis:\n', ''), /apis\[1\]\.resource: .* has an entry already/],
])('A-603 %s', async (_what, apis, says) => {
  expect((await mistakes(base + apis)).join('\n')).toMatch(says);
});

test('A-605 A-660 a client without addresses must have something to do, and a public one gets nothing for itself', async () => {
  expect(await mistakes(base)).toEqual([expect.stringMatching(/clients\[1\]\.redirectUris\[0\]: is missing/)]);
  expect(await mistakes(base.replace('id: api,', 'id: api, deviceGrant: true,'))).toEqual([]);
  const machine = base.replace(
    'id: api, secret: 0123456789abcdef',
    'id: api, tokenEndpointAuthMethod: none, clientCredentials: true',
  );
  expect(await mistakes(machine)).toEqual([
    expect.stringMatching(/clientCredentials: is not for a public client/),
    expect.stringMatching(/clientCredentials: gets no token/),
  ]);
});
