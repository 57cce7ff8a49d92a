// RFC 9470: an API asks for more than the token shows, the client steps up, and the API answers. The API is the example
// of docs/examples/step-up-api.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApi } from '../../docs/examples/step-up-api/server.ts';
import { begin, giveCode, givePassword, gotCode, rightCode, send, stepOf, type Visit } from '../attacks/visitor.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';

const low = 'urn:rekey:acr:low';
const substantial = 'urn:rekey:acr:substantial';
let product: Product;
let rp: RelyingParty;
let api: Server;

beforeAll(async () => {
  product = await startProduct();
  rp = await relyingParty(product.issuer, product.client);
  api = createApi(
    {
      introspection: `${product.issuer}/token/introspection`,
      clientId: product.client.id,
      clientSecret: product.client.secret,
      now: () => Math.floor(product.clock.now() / 1000),
    },
    { '/read': {}, '/pay': { acr: [substantial], maxAge: 300 } },
  );
  await new Promise<void>((resolve) => void api.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  api.close();
  await product.close();
});

async function call(path: string, token?: string): Promise<readonly [number, string | null]> {
  const answer = await fetch(`http://127.0.0.1:${(api.address() as AddressInfo).port}${path}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  await answer.text();
  return [answer.status, answer.headers.get('www-authenticate')];
}

/** The parameters of a challenge, as a client takes them over. */
const asked = (challenge: string | null): Readonly<Record<string, string>> =>
  Object.fromEntries([...(challenge ?? '').matchAll(/(acr_values|max_age)="([^"]+)"/g)].map(([, a, b]) => [a, b]));

async function prove(visit: Visit, an: NewPerson, key: string): Promise<string> {
  const before = product.mails.length;
  let page = await send(visit, 'choose-key', { key });
  if (stepOf(page) === 'password') page = await givePassword(visit, an);
  const done = await giveCode(visit, await rightCode(product, an, page, before));
  expect(gotCode(done)).toBe(true);
  const tokens = await rp.finish(visit.pending, done.left ?? new URL('about:blank'));
  return tokens.access_token;
}

test('A-583 the challenge of an API leads to a token that it takes', async () => {
  const an = await product.addPerson({ keys: ['email-otp', 'authenticator-app'] });
  const first = await begin(rp);
  const weak = await prove(first, an, 'email-otp');
  expect(await call('/read', weak)).toEqual([200, null]);
  expect(await call('/read')).toEqual([401, 'Bearer']);
  expect(await call('/read', 'rose')).toEqual([401, 'Bearer error="invalid_token"']);
  const [status, challenge] = await call('/pay', weak);
  expect([status, asked(challenge)]).toEqual([401, { acr_values: substantial }]);

  const up = await begin(rp, { agent: first.agent, ...asked(challenge) });
  const strong = await prove(up, an, 'authenticator-app');
  expect(await call('/pay', strong)).toEqual([200, null]);

  // Too long ago, and then afresh.
  product.clock.advance(301_000);
  const [, late] = await call('/pay', strong);
  expect(asked(late)).toEqual({ max_age: '300' });
  const again = await begin(rp, { agent: first.agent, acr_values: substantial, ...asked(late) });
  const fresh = await prove(again, an, 'authenticator-app');
  expect(await call('/pay', fresh)).toEqual([200, null]);

  // The key is taken off: the token says less from that moment.
  await product.services.people.change(an.person.id, (person) => ({
    ...person,
    keys: person.keys.map((key) => (key.factor === 'authenticator-app' ? { ...key, status: 'blocked' as const } : key)),
  }));
  expect((await call('/pay', fresh))[0]).toBe(401);
});

test('A-583 introspection tells acr and auth_time, also of a token that was refreshed', async () => {
  const an = await product.addPerson({ keys: ['email-otp'] });
  const visit = await begin(rp);
  const signedInAt = Math.floor(product.clock.now() / 1000);
  const before = product.mails.length;
  await send(visit, 'choose-key', { key: 'email-otp' });
  const page = await givePassword(visit, an);
  const done = await giveCode(visit, await rightCode(product, an, page, before));
  const tokens = await rp.finish(visit.pending, done.left ?? new URL('about:blank'));
  const told = async (token: string) => {
    const { id, secret } = product.client;
    const answer = await fetch(`${product.issuer}/token/introspection`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ token }),
    });
    return (await answer.json()) as Readonly<Record<string, unknown>>;
  };
  expect(await told(tokens.access_token)).toMatchObject({ active: true, acr: low, auth_time: signedInAt });
  const refresh = await fetch(`${product.issuer}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${product.client.id}:${product.client.secret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }),
  });
  const { access_token: next } = (await refresh.json()) as { readonly access_token: string };
  expect(await told(next)).toMatchObject({ active: true, acr: low, auth_time: signedInAt });
});
