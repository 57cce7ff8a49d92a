import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateSync } from 'otplib';
import { ofOneStore } from '../../app/collections.ts';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { counting, type Counting } from '../harness/storage-wrappers.ts';

const client = {
  id: 'rp',
  name: 'Tax office',
  secret: 'a-secret-of-the-relying-party-1',
  redirectUris: ['https://rp.example/callback'],
};

let product: Product;
let rp: RelyingParty;
let counted: Counting;
beforeAll(async () => {
  product = await startProduct(
    { signIn: { order: 'name-first' }, clients: [client] },
    { around: (storage) => (counted = counting(storage)) },
  );
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

test('a full sign-in with the authenticator app costs at most 24 store calls, the first of a process too', async () => {
  const ids = new Set<string>();
  for (const round of [1, 2]) {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    await product.app.flush();
    counted.reset();
    const agent = new HttpAgent();
    const pending = await rp.begin();
    let page = await agent.get(pending.url);
    page = await agent.submit(page, { username: an.username, password: an.password, action: 'continue' });
    const code = generateSync({ secret: an.totp, epoch: Math.floor(product.clock.now() / 1000) });
    page = await agent.submit(page, { code, action: 'continue' });
    if (!page.left) throw new Error(page.body);
    const tokens = await rp.finish(pending, page.left);
    // Not of this sign-in: the heartbeat, the relay's search for what others left, and the audit log, whose events of
    // 150 ms share a write and whose head is sealed every five seconds; the look at the configuration after the start.
    const { 'people.findBy': looks = 0, 'schedules.get': dates = 0, ...others } = counted.calls().by;
    const own = [
      ...ofOneStore.map(({ name }) => `${name}.`),
      'audit.',
      'audit-heads.',
      'configurations.',
      'people.tally',
    ];
    const by = Object.fromEntries([
      ...Object.entries(others).filter(([call]) => !own.some((name) => call.startsWith(name))),
      ['schedules.get', Math.max(0, dates - looks)],
    ]);
    const total = Object.values(by).reduce((sum, count) => sum + count, 0);
    ids.add(String(tokens.claims()?.sub));
    expect({ round, total, by }).toEqual({ round, total: expect.any(Number), by: expect.anything() });
    if (total > 24) throw new Error(`${total} calls in round ${round}: ${JSON.stringify(by, null, 1)}`);
  }
  expect(ids.size).toBe(2);
});
