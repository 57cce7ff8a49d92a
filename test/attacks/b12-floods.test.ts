// What anybody may make us keep.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { nodesOfRun } from '../harness/test-storage.ts';
import { begin, from, givePassword, parallel, send, signIn, staying, stepOf, gotCode } from './visitor.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    ...staying,
    listen: { proxy: true },
    limits: { signInsFromNetworkPerMinute: 10 },
    signIn: { order: 'key-first' },
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

describe('A-216c: sign-ins begun from one network', () => {
  test.each(['nl', 'fr', 'de', 'en'])(
    'more than five minutes’ worth: 429, Retry-After and a page (%s)',
    async (language) => {
      const address = `198.51.100.${{ nl: 1, fr: 2, de: 3, en: 4 }[language] ?? 5}`;
      const { url } = await rp.begin();
      const answers = [];
      for (let one = 0; one < 50 * nodesOfRun() + 5; one += 1)
        answers.push(await new HttpAgent({ language }).get(url, { ...from(address), follow: 'no' }));
      expect(answers.filter(({ status }) => status === 303)).toHaveLength(50 * nodesOfRun());
      const last = answers.at(-1);
      expect([last?.status, last?.headers['retry-after']]).toEqual([429, '6']);
      expect(last?.body).toContain('data-reason="sign_ins_paused"');
      expect(last?.body).toContain(`lang="${language}"`);
      // Others begin, and when there is room so does this network.
      expect((await new HttpAgent().get(url, { ...from('192.0.2.9'), follow: 'no' })).status).toBe(303);
      product.clock.advance(6_000);
      expect((await new HttpAgent().get(url, { ...from(address), follow: 'no' })).status).toBe(303);
    },
  );
});

test('A-216f: what a relying party may have kept is bounded: it is told, and nothing is kept', async () => {
  const answer = async (parameters: Readonly<Record<string, string>>) => {
    const { url } = await rp.begin();
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const page = await new HttpAgent().get(url, { ...from('192.0.2.10'), follow: 'no' });
    return new URL(String(page.headers['location']), product.issuer);
  };
  expect((await answer({ state: 'x'.repeat(2_048) })).pathname).toMatch(/^\/interaction\//);
  for (const parameters of [{ state: 'x'.repeat(2_049) }, { nonce: 'x'.repeat(513) }, { login_hint: 'x'.repeat(513) }])
    expect((await answer(parameters)).searchParams.get('error')).toBe('invalid_request');
});

test('A-216a: behind a hundred strangers’ wrong passwords the known browser is compared before those that wait', async () => {
  const clerk = await product.addPerson({ keys: ['authenticator-app'] });
  const own = await begin(rp, { headers: { 'x-forwarded-for': '192.0.2.20' } });
  expect(gotCode(await signIn(product, own, clerk, 'authenticator-app', from('192.0.2.20')))).toBe(true);
  const known = new HttpAgent();
  known.cookies.push(...own.agent.cookies.filter(({ name }) => name === 'rekey-known'));
  const visit = await begin(rp, { agent: known, headers: { 'x-forwarded-for': '192.0.2.21' } });
  await send(visit, 'choose-key', { key: 'authenticator-app' });
  const strangers = await parallel(10, async (index) => {
    const stranger = await begin(rp, { headers: { 'x-forwarded-for': `203.0.113.${index}` } });
    await send(stranger, 'choose-key', { key: 'authenticator-app' });
    return stranger;
  });

  const { hash } = product.services;
  const matches = hash.matches.bind(hash);
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  Object.assign(hash, {
    matches: async (phc: string, secret: string, wish?: Parameters<typeof matches>[2]) => {
      // All are there before the first goes into the queue: strangers first.
      if (wish?.first !== true) await gate.promise;
      else gate.resolve();
      return matches(phc, secret, {
        ...wish,
        started: () => {
          order.push(wish?.first === true ? 'known' : 'stranger');
          wish?.started?.();
        },
      });
    },
  });
  const flood = strangers.flatMap((stranger, index) =>
    Array.from({ length: 4 }, (_, guess) =>
      givePassword(stranger, { username: `nobody-${index}-${guess}`, password: 'x' }, from(`203.0.113.${index}`)),
    ),
  );
  const right = await givePassword(visit, clerk, from('192.0.2.21'));
  await Promise.all(flood);
  Object.assign(hash, { matches });
  expect(stepOf(right)).toBe('prove-key');
  expect(order.indexOf('known')).toBeLessThan(8);
  expect(order.filter((who) => who === 'stranger').length).toBeGreaterThan(20);
});
