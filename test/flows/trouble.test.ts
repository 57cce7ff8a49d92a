/** What people see when something behind the pages fails or runs low. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { StorageUnavailable, type Storage } from '../../adapters/storage/port.ts';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { counting, type Counting } from '../harness/storage-wrappers.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty } from '../harness/relying-party.ts';

let product: Product | undefined;
afterEach(async () => {
  await product?.close();
  product = undefined;
});

const step = (page: Page) => /<main[^>]*data-step="([^"]+)"/.exec(page.body)?.[1];
const reason = (page: Page) => /<main[^>]*data-reason="([^"]+)"/.exec(page.body)?.[1];
const position = (page: Page) => /<main[^>]*data-position="([^"]+)"/.exec(page.body)?.[1] ?? '';

/** A store that stops answering when the test says so. */
function breakable(trouble: { now: StorageUnavailable['reason'] | undefined }) {
  return (storage: Storage): Storage => ({
    ...storage,
    ping: () => (trouble.now ? Promise.reject(new StorageUnavailable(trouble.now, 'as asked')) : storage.ping()),
    collection: (spec) => {
      const real = storage.collection(spec);
      return new Proxy(real, {
        get: (target, name, receiver) => {
          const value: unknown = Reflect.get(target, name, receiver);
          if (typeof value !== 'function') return value;
          return (...given: unknown[]): unknown =>
            trouble.now
              ? Promise.reject(new StorageUnavailable(trouble.now, 'as asked'))
              : Reflect.apply(value, target, given);
        },
      });
    },
  });
}

describe.each(['full', 'locked', 'read-only', 'corrupt', 'unreachable'] as const)('D-05 the store is %s', (why) => {
  test('503 in the person’s language, keys and discovery still served, and it goes on where it was', async () => {
    const trouble: { now: typeof why | undefined } = { now: undefined };
    product = await startProduct({}, { around: breakable(trouble) });
    const an = await product.addPerson({ keys: ['token-card'] });
    const rp = await relyingParty(product.issuer, product.client);
    const agent = new HttpAgent({ language: 'fr' });
    const pending = await rp.begin();
    let page = await agent.get(pending.url);
    page = await agent.submit(page, { key: 'token-card' });
    page = await agent.submit(page, { action: 'postpone' });
    const before = page;

    trouble.now = why;
    const failed = await agent.submit(before, { username: an.username, password: an.password, action: 'continue' });
    expect(failed.status).toBe(503);
    expect(failed.headers['retry-after']).toBe('5');
    expect(reason(failed)).toBe('service_unavailable');
    expect(failed.body).toContain('lang="fr"');
    expect((await agent.get(`${product.issuer}/.well-known/openid-configuration`)).status).toBe(200);
    expect((await agent.get(`${product.issuer}/jwks`)).status).toBe(200);
    expect((await agent.get(`${product.issuer}/health/live`)).status).toBe(200);
    expect((await agent.get(`${product.issuer}/health/ready`)).status).toBe(503);

    trouble.now = undefined;
    page = await agent.submit(before, { username: an.username, password: an.password, action: 'continue' });
    page = await agent.submit(page, { code: an.card[position(page)] ?? '', action: 'continue' });
    expect(page.left?.searchParams.get('code')).toEqual(expect.any(String));
    expect((await agent.get(`${product.issuer}/health/ready`)).status).toBe(200);
  });
});

test('health can be requested at a node’s own address, as balancers do; nothing else can', async () => {
  product = await startProduct();
  const agent = new HttpAgent();
  const node = `http://127.0.0.1:${new URL(product.issuer).port}`;
  expect((await agent.get(`${node}/health/live`)).status).toBe(200);
  expect((await agent.get(`${node}/health/ready`)).status).toBe(200);
  for (const path of ['/', '/.well-known/openid-configuration', '/health', '/health/live/'])
    expect((await agent.get(node + path)).status).toBe(400);
});

test('A-216d, A-251 the readiness check writes nothing', async () => {
  let store: Counting | undefined;
  product = await startProduct({}, { around: (storage) => (store = counting(storage)) });
  store?.reset();
  const agent = new HttpAgent();
  for (let asked = 0; asked < 5; asked += 1)
    expect((await agent.get(`${product.issuer}/health/ready`)).status).toBe(200);
  expect(store?.calls().by).toMatchObject({ 'nodes.get': 1 });
  expect(store?.calls().by).not.toHaveProperty(['storage.ping']);
});

test('A-017 a card that runs low is reported on the page and by mail, once; when it is used up, the page offers other keys', async () => {
  const card = { settings: { reuse: 'single-use', count: 8, warnAt: 6 } };
  product = await startProduct({ factors: { 'email-otp': {}, 'token-card': card } });
  const an = await product.addPerson({ keys: ['token-card', 'email-otp'], language: 'en' });
  const rp = await relyingParty(product.issuer, product.client);
  const prove = async () => {
    const agent = new HttpAgent();
    let page = await agent.get((await rp.begin()).url);
    page = await agent.submit(page, { key: 'token-card' });
    page = await agent.submit(page, { username: an.username, password: an.password, action: 'continue' });
    return { agent, page };
  };
  for (let use = 1; use <= 8; use += 1) {
    const { agent, page } = await prove();
    const left = 9 - use;
    expect({ use, told: /You can use this key (\d) more/.exec(page.body)?.[1] }).toEqual({
      use,
      told: left <= 6 ? String(left) : undefined,
    });
    const done = await agent.submit(page, { code: an.card[position(page)] ?? '', action: 'continue' });
    expect(done.left).toBeDefined();
  }
  await product.mailTo(an.email, /nearly used up/);
  expect(product.mails.filter(({ subject }) => /nearly used up/.test(subject))).toHaveLength(1);
  const { page } = await prove();
  expect([step(page), reason(page)]).toEqual(['refused', 'key_exhausted']);
  expect(page.forms.flatMap(({ buttons }) => buttons.map(({ value }) => value))).toContain('other-key');
}, 60_000);
