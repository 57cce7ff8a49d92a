// A token that is bound to a key stays so, whatever is made of it (RFC 9449 §5): by a refresh, in its grace, for an
// API, and for a device. A-695.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ask, redeem, relyingParty, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';
import { movableClock } from '../time/clock.ts';
import { deviceGrant } from './device-flow.ts';

const redirectUri = 'https://spa.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
const resource = 'https://api.example/';
const open = { tokenEndpointAuthMethod: 'none', refresh: true } as const;
const clock = movableClock(Date.now());

let bench: Bench;
let spa: oidc.Configuration;
beforeAll(async () => {
  const rights = { spa: ['read'], tv: ['read'] };
  bench = await startBench({
    clock,
    clients: [
      { ...open, id: 'spa', name: 'Spa', redirectUris: [redirectUri] },
      { ...open, id: 'tv', name: 'TV', redirectUris: [], deviceGrant: true },
      { id: 'api', name: 'API', secret, redirectUris: [] },
    ],
    settings: {
      apis: [{ resource, clients: rights, introspectedBy: ['api'], accessToken: { format: 'opaque', minutes: 10 } }],
    },
  });
  spa = await relyingParty(bench, 'spa');
});
afterAll(() => bench.close());

const keyOf = async (config: oidc.Configuration) => {
  const pair = await oidc.randomDPoPKeyPair('ES256');
  return {
    DPoP: oidc.getDPoPHandle(config, pair),
    thumbprint: await oidc.getDPoPHandle(config, pair).calculateThumbprint(),
  };
};
const errorOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'tokens',
    ({ error }: { readonly error?: unknown }) => error,
  );
/** By nobody's key, and by another one. */
async function refusedWithout(config: oidc.Configuration, token: string): Promise<readonly unknown[]> {
  const other = await keyOf(config);
  return [
    await errorOf(oidc.refreshTokenGrant(config, token)),
    await errorOf(oidc.refreshTokenGrant(config, token, undefined, other)),
  ];
}
const bound = ['invalid_grant', 'invalid_grant'];

async function signedIn() {
  const asking = await ask(spa, redirectUri, { scope: 'openid read', resource });
  const page = await walk(bench.agent(), asking);
  const key = await keyOf(spa);
  if (!page.left) throw new Error('There is no code.');
  const checks = { pkceCodeVerifier: asking.verifier, expectedState: asking.state, expectedNonce: asking.nonce };
  const tokens = await oidc.authorizationCodeGrant(spa, page.left, checks, undefined, key);
  return { key, tokens };
}

test('A-695 a refresh needs the key of the first token, also in the grace of a used one', async () => {
  const { key, tokens } = await signedIn();
  const first = tokens.refresh_token ?? '';
  expect([tokens.token_type, ...(await refusedWithout(spa, first))]).toEqual(['dpop', ...bound]);
  const next = await oidc.refreshTokenGrant(spa, first, undefined, key);
  // A lost answer is given again to the key alone.
  expect(await refusedWithout(spa, first)).toEqual(bound);
  const again = await oidc.refreshTokenGrant(spa, first, undefined, key);
  expect(again.refresh_token).toBe(next.refresh_token);
  expect(await refusedWithout(spa, next.refresh_token ?? '')).toEqual(bound);
});

test('A-695 a token for an API has the key of its request in introspection, and is no bearer token', async () => {
  const { key, tokens } = await signedIn();
  const forApi = await oidc.refreshTokenGrant(spa, tokens.refresh_token ?? '', { resource }, key);
  const api = await relyingParty(bench, 'api', secret);
  const told = await oidc.tokenIntrospection(api, forApi.access_token);
  expect([told.active, told.aud, (told['cnf'] as { readonly jkt?: string } | undefined)?.jkt]).toEqual([
    true,
    resource,
    key.thumbprint,
  ]);
  const plain = await oidc.refreshTokenGrant(spa, forApi.refresh_token ?? '', { scope: 'openid' }, key);
  const asked = await bench.agent().fetch(`${bench.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${plain.access_token}` },
  });
  expect(asked.status).toBe(401);
});

test('A-695 what a device gets with a proof is bound to its key', async () => {
  const tv = await relyingParty(bench, 'tv');
  const begun = await oidc.initiateDeviceAuthorization(tv, { scope: 'openid' });
  const agent = bench.agent();
  const shown = await agent.submit(await agent.get(`${bench.issuer}/device`), { user_code: begun.user_code });
  await agent.submit(await agent.submit(shown, { confirm: 'yes' }));
  clock.set(clock.now() + 5_000);
  const key = await keyOf(tv);
  const tokens = await oidc.genericGrantRequest(tv, deviceGrant, { device_code: begun.device_code }, key);
  const first = tokens.refresh_token ?? '';
  expect([tokens.token_type, ...(await refusedWithout(tv, first))]).toEqual(['dpop', ...bound]);
  expect((await oidc.refreshTokenGrant(tv, first, undefined, key)).token_type).toBe('dpop');
});

test('A-695 a code that was asked for with a key is redeemed by that key alone', async () => {
  const key = await keyOf(spa);
  const asking = await ask(spa, redirectUri, { dpop_jkt: key.thumbprint });
  const page = await walk(bench.agent(), asking);
  expect(await errorOf(redeem(spa, asking, page))).toBe('invalid_grant');
});
