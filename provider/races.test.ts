import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { systemClock } from '../time/clock.ts';
import { openMongodb } from '../adapters/storage/mongodb/open-mongodb.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { ask, redeem, relyingParty, signIn, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';
import { startMongodb } from '../test/harness/mongodb-server.ts';
import { withLatency } from '../test/harness/storage-wrappers.ts';
import { startProxy } from '../test/harness/tcp-proxy.ts';
import { withMongodb } from '../test/harness/with-mongodb.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';

interface Store {
  readonly storage: Storage | undefined;
  close(): Promise<void>;
}

/** The store of this run, and its delay. */
const embedded = (): Promise<Store> => Promise.resolve({ storage: undefined, close: () => Promise.resolve() });

/** MongoDB over a slow network: every message takes 0 to 50 ms in either direction. */
async function mongodb(): Promise<Store> {
  const server = await startMongodb();
  if (!server.address) throw new Error('This test needs a server at one address.');
  const proxy = await startProxy(server.address);
  const uri = server.uri(server.newDatabase(), proxy.address);
  const storage = await openMongodb({ uri, clock: systemClock, pool: 40, timeout: 20_000 });
  proxy.latency = { min: 0, max: 50 };
  return {
    storage,
    async close() {
      await storage.close();
      await proxy.close();
      await server.stop();
    },
  };
}

let bench: Bench;
let config: oidc.Configuration;

async function successes<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(calls);
  for (const outcome of settled)
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ error: 'invalid_grant' });
  return settled.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
}

function races(open: () => Promise<Store>): void {
  let store: Store;
  beforeAll(async () => {
    store = await open();
    bench = await startBench({
      clients: [{ id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri], refresh: true }],
      settings: { refreshGraceSeconds: 0 },
      ...(store.storage
        ? { storage: store.storage }
        : { wrapStorage: (storage: Storage) => withLatency(storage, { min: 1, max: 1, seed: 1 }) }),
    });
    config = await relyingParty(bench, 'web', secret);
  }, 200_000);
  afterAll(async () => {
    await bench.close();
    await store.close();
  });

  test('B3-05: 16 exchanges of one code at once: one succeeds, and the reuse ends what it got', async () => {
    const asking = await ask(config, redirectUri);
    const page = await walk(bench.agent(), asking);
    const won = await successes(Array.from({ length: 16 }, () => redeem(config, asking, page)));
    expect(won).toHaveLength(1);
    await expect(oidc.fetchUserInfo(config, won[0]?.access_token ?? '', oidc.skipSubjectCheck)).rejects.toMatchObject({
      status: 401,
    });
    await expect(oidc.refreshTokenGrant(config, won[0]?.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  test('B3-06: 16 uses of one refresh token at once: one succeeds, and the family is dead', async () => {
    const { tokens } = await signIn(bench, config, redirectUri);
    const won = await successes(
      Array.from({ length: 16 }, () => oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')),
    );
    expect(won).toHaveLength(1);
    await expect(oidc.refreshTokenGrant(config, won[0]?.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck)).rejects.toMatchObject({
      status: 401,
    });
  });

  test('A-097: one DPoP proof sent 16 times at once, each time with another valid refresh token, counts once', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 16 }, async () => (await signIn(bench, config, redirectUri)).tokens.refresh_token ?? ''),
    );
    const dpop = dpopProof(`${bench.issuer}/token`);
    const answers = await Promise.all(
      tokens.map((token) =>
        bench.agent().fetch(`${bench.issuer}/token`, {
          method: 'POST',
          headers: { dpop, authorization: `Basic ${btoa(`web:${secret}`)}` },
          body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
        }),
      ),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(15);
  });
}

describe('1 ms to the store', () => {
  races(embedded);
});
withMongodb('MongoDB, 0 to 50 ms a message', () => {
  races(mongodb);
});

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** RFC 9449 §4.2. */
function dpopProof(htu: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = part({ typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) });
  const payload = part({ jti: 'only-once', htm: 'POST', htu, iat: Math.floor(Date.now() / 1000) });
  const signature = sign('sha256', Buffer.from(`${header}.${payload}`), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${header}.${payload}.${signature.toString('base64url')}`;
}
