// Attacks that make us store much.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { nodesOfRun } from '../harness/test-storage.ts';
import { until } from '../harness/until.ts';
import type { SlowHash } from '../../factors/contract.ts';
import { argon2id, createSlowHash } from '../../passwords/argon2.ts';
import type { HashKind } from '../../passwords/hash-kinds.ts';
import { begin, from, givePassword, gotCode, parallel, send, signIn, staying, stepOf, type Visit } from './visitor.ts';

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
      // Others can begin, and once there is room this network too.
      expect((await new HttpAgent().get(url, { ...from('192.0.2.9'), follow: 'no' })).status).toBe(303);
      product.clock.advance(6_000);
      expect((await new HttpAgent().get(url, { ...from(address), follow: 'no' })).status).toBe(303);
    },
  );
});

test('A-216f: the length of a request is limited: the relying party gets an error, and nothing is stored', async () => {
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

describe('A-216a, A-252: a flood of wrong passwords from many networks', () => {
  const atOnce = 2;
  /** Comparisons that wait until the test releases them, oldest first; absent: none waits. */
  let held: (() => void)[] | undefined;
  const hold = () => (held ? new Promise<void>((resolve) => held?.push(resolve)) : undefined);
  const slow: HashKind = {
    ...argon2id,
    verify: async (phc, secret) => {
      await hold();
      return argon2id.verify(phc, secret);
    },
  };
  const order: string[] = [];
  let asked = 0;
  const hash = createSlowHash({ atOnce, kinds: [slow] });
  const watched: SlowHash = {
    ...hash,
    matches: (phc, secret, wish) => {
      const answer = hash.matches(phc, secret, {
        ...wish,
        started: () => {
          order.push(wish?.first === true ? 'known' : 'stranger');
          wish?.started?.();
        },
      });
      asked += 1;
      return answer;
    },
  };
  const letGo = () => held?.shift()?.();

  let quiet: Product;
  let service: RelyingParty;
  beforeAll(async () => {
    quiet = await startProduct({ ...staying, listen: { proxy: true } }, { hash: watched });
    service = await relyingParty(quiet.issuer, quiet.client);
  });
  afterAll(() => quiet.close());

  test('the right password in a known browser is compared next, and no page waits for a comparison', async () => {
    const clerk = await quiet.addPerson({ keys: ['authenticator-app'] });
    const own = await begin(service, { headers: { 'x-forwarded-for': '192.0.2.20' } });
    const signedIn = await signIn(quiet, own, clerk, 'authenticator-app', from('192.0.2.20'));
    const tokens = await service.finish(own.pending, signedIn.left as URL);
    const known = new HttpAgent();
    known.cookies.push(...own.agent.cookies.filter(({ name }) => name === 'rekey-known'));
    const visit = await begin(service, { agent: known, headers: { 'x-forwarded-for': '192.0.2.21' } });
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    const strangers = await parallel(10, async (index) => {
      const stranger = await begin(service, { headers: { 'x-forwarded-for': `203.0.113.${index}` } });
      await send(stranger, 'choose-key', { key: 'authenticator-app' });
      return stranger;
    });
    const guess = (index: number, one: number) =>
      givePassword(
        strangers[index] as Visit,
        { username: `nobody-${index}-${one}`, password: 'x' },
        from(`203.0.113.${index}`),
      );
    await guess(0, 9);

    [held, asked, order.length] = [[], 0, 0];
    const flood = strangers.flatMap((_, index) => [0, 1, 2, 3].map((one) => guess(index, one)));
    await until('all forty are in the queue', () => asked === 40);
    // No comparison runs now: an answer does not wait for one.
    const sso = await own.agent.get((await service.begin()).url, from('192.0.2.20'));
    expect(gotCode(sso)).toBe(true);
    await oidc.fetchUserInfo(service.configuration, tokens.access_token, oidc.skipSubjectCheck);
    for (const path of ['/', '/jwks', '/.well-known/openid-configuration', '/health/ready'])
      expect([path, (await own.agent.get(`${quiet.issuer}${path}`, from('192.0.2.20'))).status]).toEqual([path, 200]);
    const another = await begin(service, { headers: { 'x-forwarded-for': '192.0.2.30' } });
    expect(stepOf(await send(another, 'choose-key', { key: 'authenticator-app' }))).toBe('password');
    expect([asked, order]).toEqual([40, Array.from({ length: atOnce }, () => 'stranger')]);

    const right = givePassword(visit, clerk, from('192.0.2.21'));
    await until('the right one is in the queue', () => asked === 41);
    letGo();
    await until('another one begins', () => order.length > atOnce);
    expect(order.slice(atOnce)).toEqual(['known']);
    // Its comparison is the last that began.
    held.pop()?.();
    expect(stepOf(await right)).toBe('prove-key');
    const waiting = held;
    held = undefined;
    for (const one of waiting) one();
    await Promise.all(flood);
  });
});
