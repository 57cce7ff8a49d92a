// The page about APIs, followed to the letter: two APIs and a client without people in Go, and openid-client for a person.
import { expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { HttpAgent } from '../harness/http-agent.ts';
import { relyingParty } from '../harness/relying-party.ts';
import { signInByMail } from '../harness/sign-in-by-mail.ts';
import { follow, type Followed } from './follow.ts';

test('A-603 A-605 the page about APIs, followed to the letter', async () => {
  const there = await follow('apis', { tool: 'go', page: 'apis.md' });
  expect(there).toBeDefined();
  if ('missing' in there) return void process.stderr.write(`not tried: ${there.missing}\n`);
  try {
    const nightly = await (await fetch(`${there.app}/nightly`)).text();
    expect(nightly.trim().split('\n').toSorted()).toEqual([
      'orders:read for nightly-batch at https://orders.example/',
      'stock:count for nightly-batch at https://stock.example/',
    ]);
    await forAPerson(there);
  } catch (error) {
    if (error instanceof Error) error.message += `\n${there.said().slice(-3000)}`;
    throw error;
  } finally {
    await there.close();
  }
}, 300_000);

async function forAPerson({ product, app, secret }: Followed): Promise<void> {
  const at = async (path: string, token: string) => {
    const answer = await fetch(`${app}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return [answer.status, answer.ok ? (await answer.text()).trim() : answer.headers.get('www-authenticate')];
  };
  const orders = 'https://orders.example/';
  const rp = await relyingParty(product.issuer, { id: 'my-app', secret, redirectUri: 'https://app.example/callback' });
  const an = await product.addPerson({ keys: ['email-otp'] });
  const agent = new HttpAgent();
  const pending = await rp.begin({ scope: 'openid orders:read orders:write', resource: orders });
  // The redirect address of the page is the application's own here.
  pending.url.searchParams.set('redirect_uri', `${app}/callback`);
  const page = await signInByMail(product, an, agent, await agent.get(pending.url));
  const { verifier, state, nonce } = pending;
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  const came = new URL(page.left?.href ?? page.url);
  const tokens = await oidc.authorizationCodeGrant(rp.configuration, came, checks, { resource: orders });
  expect(await at('/orders', tokens.access_token)).toEqual([200, `orders:read for my-app at ${orders}`]);
  // Neither an ID token nor a token for another API opens anything, and a revoked one does not any more.
  expect(await at('/stock', tokens.access_token)).toEqual([401, 'Bearer error="invalid_token"']);
  expect(await at('/stock', tokens.id_token ?? '')).toEqual([401, 'Bearer error="invalid_token"']);
  expect(await at('/orders', tokens.id_token ?? '')).toEqual([401, 'Bearer error="invalid_token"']);
  await oidc.tokenRevocation(rp.configuration, tokens.access_token);
  expect(await at('/orders', tokens.access_token)).toEqual([401, 'Bearer error="invalid_token"']);
}
