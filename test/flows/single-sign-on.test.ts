/**
 * A live session, an address that was never proved, an empty field: none of them lets anyone in with less, or costs
 * anything.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';

const midnight = Date.parse('2024-01-31T00:00:00+01:00');
let product: Product;
let rp: RelyingParty;
beforeEach(async () => {
  product = await startProduct({}, { at: midnight - 60_000 });
  rp = await relyingParty(product.issuer, product.client);
});
afterEach(() => product.close());

const step = (page: Page) => /<main[^>]*data-step="([^"]+)"/.exec(page.body)?.[1];
const reason = (page: Page) => /<main[^>]*data-reason="([^"]+)"/.exec(page.body)?.[1];
const position = (page: Page) => /<main[^>]*data-position="([^"]+)"/.exec(page.body)?.[1] ?? '';

async function toCard(agent: HttpAgent, an: NewPerson, way: 'migrate' | 'postpone'): Promise<Page> {
  let page = await agent.get((await rp.begin()).url);
  page = await agent.submit(page, { key: 'token-card' });
  page = await agent.submit(page, { action: way });
  return agent.submit(page, { username: an.username, password: an.password, action: 'continue' });
}

test('A13 a session that depends on the card ends with the card, however new it is', async () => {
  const an = await product.addPerson({ keys: ['token-card', 'email-otp'] });
  const agent = new HttpAgent();
  const page = await toCard(agent, an, 'postpone');
  const done = await agent.submit(page, { code: an.card[position(page)] ?? '', action: 'continue' });
  expect(done.left?.searchParams.get('code')).toEqual(expect.any(String));
  const silently = async () => (await agent.get((await rp.begin({ prompt: 'none' })).url)).left?.searchParams;

  product.clock.set(midnight - 1);
  expect((await silently())?.get('code')).toEqual(expect.any(String));
  product.clock.set(midnight);
  expect((await silently())?.get('error')).toBe('login_required');
  const asked = await agent.get((await rp.begin()).url);
  expect(step(asked)).toBe('choose-key');
});

test('A6 an address that was never proved is proved before it is used as a key', async () => {
  const an = await product.addPerson({ keys: ['token-card'] });
  await product.services.people.change(an.person.id, (person) => ({ ...person, email: { address: an.email } }));
  const agent = new HttpAgent();
  let page = await toCard(agent, an, 'migrate');
  page = await agent.submit(page, { code: an.card[position(page)] ?? '', action: 'continue' });
  expect(step(page)).toBe('confirm-email');
  page = await agent.submit(page, { action: 'continue' });
  expect(page.body).toContain('data-mode="prove"');
  const mail = await product.mailTo(an.email);
  page = await agent.submit(page, { code: /\b\d{6}\b/.exec(mail.text)?.[0] ?? '', action: 'continue' });
  page = await agent.submit(page, { action: 'continue' });
  expect(step(page)).toBe('select-key');
  expect((await product.services.people.get(an.person.id))?.email?.verifiedAt).toBe(product.clock.now());
});

test('a person who gives the right password and leaves, again and again, need not wait', async () => {
  const an = await product.addPerson({ keys: ['token-card'] });
  for (let visit = 0; visit < 12; visit += 1) {
    const page = await toCard(new HttpAgent(), an, 'postpone');
    expect([visit, step(page)]).toEqual([visit, 'prove-key']);
  }
});

test('an empty code field is no try', async () => {
  const an = await product.addPerson({ keys: ['token-card'] });
  const agent = new HttpAgent();
  let page = await toCard(agent, an, 'postpone');
  for (let empty = 0; empty < 8; empty += 1) {
    page = await agent.submit(page, { code: ' ', action: 'continue' });
    expect([step(page), reason(page)]).toEqual(['prove-key', 'field_empty']);
  }
  const done = await agent.submit(page, { code: an.card[position(page)] ?? '', action: 'continue' });
  expect(done.left).toBeDefined();
});

test('G2 a signed-in person who is asked for more may cancel: the relying party gets an error, the session stays', async () => {
  const an = await product.addPerson({ keys: ['email-otp', 'authenticator-app'] });
  const agent = new HttpAgent();
  const first = await agent.get((await rp.begin()).url);
  const other = new HttpAgent();
  const given = await other.submit(await other.get((await rp.begin()).url), { action: 'cancel' });
  expect(given.left?.searchParams.get('error')).toBe('access_denied');
  let page = await agent.submit(await agent.submit(first, { key: 'email-otp' }), {
    username: an.username,
    password: an.password,
    action: 'continue',
  });
  const { text } = await product.mailTo(an.email, /^\d{6}\b/m);
  const done = await agent.submit(page, { code: /^(\d{6})\b/m.exec(text)?.[1] ?? '', action: 'continue' });
  expect(done.left?.searchParams.get('code')).toEqual(expect.any(String));

  page = await agent.get((await rp.begin({ acr_values: 'urn:rekey:acr:substantial' })).url);
  expect(step(page)).toBe('choose-key');
  expect(page.body).toContain('value="cancel"');
  // From the key's own page the person first returns to this page.
  page = await agent.submit(page, { key: 'authenticator-app' });
  page = await agent.submit(page, { action: 'other-key' });
  const left = await agent.submit(page, { action: 'cancel' });
  expect(left.left?.searchParams.get('error')).toBe('access_denied');
  const silently = await agent.get((await rp.begin({ prompt: 'none' })).url);
  expect(silently.left?.searchParams.get('code')).toEqual(expect.any(String));
});
