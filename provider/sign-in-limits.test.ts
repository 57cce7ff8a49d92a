import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withLatency } from '../test/harness/storage-wrappers.ts';
import { startBench, type Bench } from '../test/harness/engine-bench.ts';

const redirectUri = 'https://spa.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
const spa = { id: 'spa', name: 'Spa', redirectUris: [redirectUri], tokenEndpointAuthMethod: 'none' as const };
const web = { id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri] };
let bench: Bench;
beforeAll(async () => {
  bench = await startBench({
    clients: [spa, web],
    wrapStorage: (plain) => withLatency(plain, { min: 20, max: 20, seed: 1 }),
    settings: { signInLimits: { perMinute: 2, networksOf: () => [{ id: 'one network', times: 1 }] } },
  });
});
afterAll(() => bench.close());

const push = (client: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${bench.issuer}/par`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      client_id: client,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: redirectUri,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    }),
  });

test('A-244: pushed requests of a public client are limited by network, those of an authenticated client are not', async () => {
  const byItself = { authorization: `Basic ${btoa(`web:${secret}`)}` };
  const kept = [];
  for (let one = 0; one < 12; one += 1) kept.push((await push('spa')).status);
  expect(kept).toEqual([...Array.from({ length: 10 }, () => 201), 429, 429]);
  const refused = await push('spa');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toEqual({ error: 'temporarily_unavailable', error_description: expect.any(String) });
  for (let one = 0; one < 12; one += 1) expect((await push('web', byItself)).status).toBe(201);
});

test('A-244: pushed requests have the same maximum length as requests in the address', async () => {
  const { status } = await fetch(`${bench.issuer}/par`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`web:${secret}`)}` },
    body: new URLSearchParams({
      client_id: 'web',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: redirectUri,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
      state: 'x'.repeat(40_000),
    }),
  });
  expect(status).toBe(400);
});

test('A-216c: parallel requests are limited like sequential ones', async () => {
  const url = `${bench.issuer}/auth?${new URLSearchParams({ client_id: 'spa', response_type: 'code', scope: 'openid', redirect_uri: redirectUri, code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' }).toString()}`;
  const all = await Promise.all(
    Array.from({ length: 60 }, async () => (await fetch(url, { redirect: 'manual' })).headers.get('location')),
  );
  expect(all.filter((location) => location?.startsWith('/interaction/'))).toHaveLength(10);
});
