// A sign-in that took longer than the service remembers it, or that has expired: the browser goes to where the service
// begins sign-ins, and single sign-on finishes the next one at once (Core §4).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { begin, giveCode, gotCode, reasonOf, rightCode, stepOf, toProof, type Visit } from '../attacks/visitor.ts';

const start = 'https://rp.example/begin?from=rekey';
const secret = 'a-secret-of-the-relying-party-1';
const entry = { secret, name: 'Tax office', redirectUris: ['https://rp.example/callback'] };

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    clients: [
      { ...entry, id: 'rp', initiateLoginUri: start, actions: ['add-key'] },
      { ...entry, id: 'patient', url: 'https://rp.example/', initiateLoginUri: start, initiateLoginAfterMinutes: 30 },
      { ...entry, id: 'plain' },
    ],
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const minutes = (count: number) => product.clock.advance(count * 60_000);
const begun = () => `${start}&iss=${encodeURIComponent(product.issuer)}`;

async function atProof(visit: Visit): Promise<() => Promise<Page>> {
  const an = await product.addPerson({ keys: ['token-card'] });
  const asked = await toProof(visit, an, 'token-card');
  return async () => giveCode(visit, await rightCode(product, an, asked));
}

test('A-551 after a long sign-in the service begins anew, and single sign-on answers at once', async () => {
  for (const more of [{}, { response_mode: 'form_post' }]) {
    const visit = await begin(rp, more);
    const prove = await atProof(visit);
    minutes(5);
    const page = await prove();
    expect([page.left?.href, gotCode(page)]).toEqual([begun(), false]);
    const again = await visit.agent.get((await rp.begin()).url);
    expect(gotCode(again)).toBe(true);
  }
});

test('A-551 a sign-in that the service still remembers ends with its answer', async () => {
  const visit = await begin(rp);
  const prove = await atProof(visit);
  minutes(4);
  expect(gotCode(await prove())).toBe(true);
});

test.each([
  ['patient', 29, true],
  ['patient', 30, false],
  ['plain', 40, true],
] as const)('A-551 %s after %i minutes', async (id, count, answered) => {
  const visit = await begin(
    await relyingParty(product.issuer, { id, secret, redirectUri: entry.redirectUris[0] ?? '' }),
  );
  const prove = await atProof(visit);
  minutes(count);
  const page = await prove();
  expect([gotCode(page), page.left?.href === begun()]).toEqual([answered, !answered]);
});

test('A-551 an expired sign-in, its old pages and forms lead there; without the setting they stay a page', async () => {
  const visit = await begin(rp);
  product.clock.advance(86_400_000 / 2);
  for (const page of [
    await visit.agent.get(visit.base),
    await visit.agent.post(`${visit.base}/password`, { username: 'a' }, { from: visit.base }),
  ])
    expect(page.left?.href).toBe(begun());
  const plain = await begin(
    await relyingParty(product.issuer, { id: 'plain', secret, redirectUri: entry.redirectUris[0] ?? '' }),
  );
  product.clock.advance(86_400_000 / 2);
  expect(reasonOf(await plain.agent.get(plain.base))).toBe('interaction_expired');
});

test('A-551 every dead end outside of a sign-in links to it; after signing out the first page counts', async () => {
  const link = begun().replaceAll('&', '&amp;').replaceAll('=', '&#x3D;');
  const visit = await begin(rp);
  const foreign = await (await begin(rp)).agent.get(visit.base);
  expect([reasonOf(foreign), foreign.body.includes(link)]).toEqual(['interaction_foreign', true]);
  const wrong = await visit.agent.get((await rp.begin({ redirect_uri: 'https://evil.example/' })).url);
  expect([reasonOf(wrong), wrong.body.includes(link)]).toEqual(['request_invalid', true]);
  const asked = await visit.agent.get(`${product.issuer}/session/end?client_id=patient`);
  const out = await visit.agent.submit(asked, { logout: 'yes' });
  expect([stepOf(out), out.body.includes('href="https://rp.example/"')]).toEqual(['signed-out', true]);
});
