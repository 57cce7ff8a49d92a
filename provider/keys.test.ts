import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSecretBox, type SecretBox } from '../adapters/secret-box.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { movableClock } from '../time/clock.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { openKeptKeys } from './kept-keys.ts';
import { loadKeys } from './keys.ts';

let store: TemporaryStore;
const ours = createSecretBox(Buffer.alloc(32, 1));
const clock = movableClock(1_700_000_000_000);
const load = (storage: Storage, secretBox: SecretBox = ours) =>
  loadKeys({ kept: openKeptKeys(storage, secretBox), clock });
beforeEach(async () => {
  store = await temporaryStore();
});
afterEach(() => store.close());

test('several processes that start at once on an empty store have the same keys, and so has the next start', async () => {
  const stores = [store.storage, await store.again(), await store.again()];
  const [first, ...others] = await Promise.all(stores.map((storage) => load(storage)));
  for (const other of others) expect(other).toEqual(first);
  expect(await load(await store.again())).toEqual(first);
  expect(first?.jwks.keys.map(({ kty, alg }) => [kty, alg])).toEqual([
    ['RSA', 'RS256'],
    ['EC', 'ES256'],
  ]);
});

test('they are sealed, and another root key cannot open them', async () => {
  const keys = await load(store.storage);
  const raw = JSON.stringify(await (await store.again()).collection({ name: 'keys' }).page({ limit: 10 }));
  expect(raw).not.toContain(keys.pairwiseSalt);
  expect(raw).not.toContain(keys.cookieKeys[0]);
  expect(raw).not.toContain(keys.jwks.keys[0]?.d);
  const other = createSecretBox(Buffer.alloc(32, 2));
  await expect(load(await store.again(), other)).rejects.toThrow('another root key');
});
