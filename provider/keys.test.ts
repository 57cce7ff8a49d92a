import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSecretBox } from '../adapters/secret-box.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { loadKeys } from './keys.ts';

let store: TemporaryStore;
const secretBox = createSecretBox(Buffer.alloc(32, 1));
beforeEach(async () => {
  store = await temporaryStore();
});
afterEach(() => store.close());

test('several processes that start at once on an empty store have the same keys, and so has the next start', async () => {
  const stores = [store.storage, await store.again(), await store.again()];
  const [first, ...others] = await Promise.all(stores.map((storage) => loadKeys({ storage, secretBox })));
  for (const other of others) expect(other).toEqual(first);
  expect(await loadKeys({ storage: await store.again(), secretBox })).toEqual(first);
  expect(first?.jwks.keys.map(({ kty, alg }) => [kty, alg])).toEqual([
    ['RSA', 'RS256'],
    ['EC', 'ES256'],
  ]);
});

test('they are sealed, and another root key does not open them', async () => {
  const keys = await loadKeys({ storage: store.storage, secretBox });
  const raw = JSON.stringify(await (await store.again()).collection({ name: 'keys' }).page({ limit: 10 }));
  expect(raw).not.toContain(keys.pairwiseSalt);
  expect(raw).not.toContain(keys.cookieKeys[0]);
  expect(raw).not.toContain(keys.jwks.keys[0]?.d);
  const other = createSecretBox(Buffer.alloc(32, 2));
  await expect(loadKeys({ storage: await store.again(), secretBox: other })).rejects.toThrow('another root key');
});
