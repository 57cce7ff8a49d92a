// Attacks on the activation by link and paper code (A-059, A-060, A-061, B4, B8): each half alone, halves of others, replays, races.
import { expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { register } from '../harness/activation-desk.ts';
import { appCode, reasonOf, stepOf } from './visitor.ts';
import {
  withActivations,
  product,
  password,
  account,
  everything,
  Visitor,
  shownSecret,
  name,
} from './activation-visitor.ts';

withActivations();

test('A-492 link, code, key, name, registration code: the account is activated in one write, and nobody is signed in', async () => {
  const an = await register(product);
  const visitor = new Visitor();
  const first = await visitor.begin(an);
  expect([first.status, stepOf(first)]).toEqual([200, 'paper-code']);
  expect(stepOf(await visitor.code(an.code.toLowerCase().replaceAll('-', ' ')))).toBe('select-key');
  expect(stepOf(await visitor.send('select-key', { key: 'email-otp' }))).toBe('choose-name');
  const username = name();
  const chosen = await visitor.send('choose-name', { username, password, again: password, action: 'continue' });
  expect([reasonOf(chosen), stepOf(chosen)]).toEqual([undefined, 'activate-key']);
  const before = await account(an);
  expect([before?.password, before?.keys, before?.activation?.doneAt]).toEqual([undefined, [], undefined]);
  const done = await visitor.finish(an);
  expect([reasonOf(done), stepOf(done)]).toEqual([undefined, 'done']);
  const after = await account(an);
  expect(after).toMatchObject({
    username,
    keys: [{ factor: 'email-otp', status: 'active' }],
    activation: { doneAt: product.clock.now() },
  });
  const end = await visitor.send('done', { action: 'end-session' });
  expect([stepOf(end), new URL(end.url).pathname]).toEqual(['activation', '/activate/callback']);
  expect(
    visitor.agent.cookies.some((cookie) => /^rekey_session|_session$/.test(cookie.name) && cookie.value !== ''),
  ).toBe(false);
  expect(await product.mailTo(an.email, new RegExp(username))).toBeDefined();
});

test('A-493 a scanner that opens the link spends nothing, and the secret leaves the address at once', async () => {
  const an = await register(product);
  const before = await account(an);
  for (const method of ['HEAD', 'GET', 'GET', 'GET', 'GET'])
    for (const headers of [{}, { purpose: 'prefetch', 'sec-purpose': 'prefetch' }]) {
      const robot = new HttpAgent();
      const first = await robot.get(an.link, { method, headers, follow: 'no' });
      expect([
        first.status,
        first.headers.location,
        first.headers['cache-control'],
        first.headers['referrer-policy'],
      ]).toEqual([303, '/activate', 'no-store', 'same-origin']);
      await robot.get(an.link, { headers });
    }
  expect(await account(an)).toEqual(before);
  const visitor = new Visitor();
  const page = await visitor.begin(an);
  expect(stepOf(page)).toBe('paper-code');
  const secret = an.link.slice(-22);
  const addresses = [page.url, ...page.trail, page.body].join(' ');
  expect([addresses.includes(secret), product.logs.join().includes(secret)]).toEqual([false, false]);
  expect(product.logs.join()).not.toContain(an.code);
});

test('A-493 B8-04 the button counts only from our own page', async () => {
  const an = await register(product);
  const agent = new HttpAgent();
  const page = await agent.get(an.link);
  for (const going of [
    { from: 'https://evil.example/' },
    { from: page.url, headers: { 'sec-fetch-site': 'cross-site' } },
    { from: page.url, headers: { 'sec-fetch-site': 'same-site' } },
  ]) {
    const answer = await agent.post(page.url, { action: 'begin' }, going);
    expect([answer.status, reasonOf(answer)]).toEqual([403, 'request_foreign']);
  }
  expect((await account(an))?.activation?.openedAt).toBeUndefined();
});

test('A-494 A-059 the link alone, and the code alone, open nothing', async () => {
  const an = await register(product);
  const before = await everything(an);
  const visitor = new Visitor();
  await visitor.begin(an);
  for (const step of ['select-key', 'choose-name', 'activate-key', 'done', 'terms']) {
    const page = await visitor.send(step, {
      key: 'email-otp',
      action: 'continue',
      username: 'eve',
      password,
      again: password,
    });
    expect([step, stepOf(page)]).toEqual([step, 'paper-code']);
  }
  // The code without any link: nowhere to give it.
  const eve = new Visitor();
  const closed = await eve.agent.get(`${product.issuer}/activate`);
  expect([stepOf(closed), closed.body.includes('name="code"')]).toEqual(['activation', false]);
  const none = await eve.agent.post(`${product.issuer}/activate`, { action: 'begin' }, { from: closed.url });
  expect([none.status, reasonOf(none)]).toEqual([400, 'cookies_missing']);
  expect(await everything(an)).toEqual(before);
});

test.each(['', 'x', 'a'.repeat(38), 'a'.repeat(4_000), '%00'.repeat(10), '../my', 'callback?state=x'])(
  'A-494 %j is no link',
  async (token) => {
    const page = await new HttpAgent().get(`${product.issuer}/activate/${token}`);
    expect(page.status).toBeLessThan(500);
    expect([stepOf(page), reasonOf(page)]).not.toContain('paper-code');
    expect(page.body).not.toContain('value="begin"');
  },
);

test('A-494 B4-06 the halves of two people do not fit', async () => {
  const [an, ben] = [await register(product), await register(product)];
  const before = await everything(ben);
  const visitor = new Visitor();
  await visitor.begin(an);
  const page = await visitor.code(ben.code);
  expect([stepOf(page), reasonOf(page), page.body.includes('4')]).toEqual([
    'paper-code',
    'activation_code_wrong',
    true,
  ]);
  expect(await everything(ben)).toEqual(before);
  expect((await account(an))?.activation?.tries).toBe(1);
  // The tail of one link with the head of another is no link.
  const mixed = `${ben.link.slice(0, -22)}${an.link.slice(-22)}`;
  const agent = new HttpAgent();
  expect(reasonOf(await agent.get(mixed))).toBe('activation_link_unknown');
});

test('A-490 A-050 five wrong codes lock, over browsers, and the right one does not open any more', async () => {
  const [an, other] = [await register(product), await register(product)];
  for (let n = 0; n < 5; n += 1) {
    const visitor = new Visitor();
    await visitor.begin(an);
    expect(reasonOf(await visitor.code('7K2M-QX4D-9TB0'))).toBe('activation_code_mistyped');
    expect(reasonOf(await visitor.code(other.code))).toBe(n < 4 ? 'activation_code_wrong' : 'activation_locked');
  }
  const late = await new HttpAgent().get(an.link);
  expect([late.status, reasonOf(late)]).toEqual([410, 'activation_locked']);
  expect((await account(an))?.activation).toMatchObject({ tries: 5 });
  const again = new Visitor();
  expect(reasonOf(await again.begin(an))).toBe('activation_locked');
});

test('A-490 B3-01 of forty guesses at once no more than five are compared', async () => {
  const [an, other] = [await register(product), await register(product)];
  const visitors = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const visitor = new Visitor();
      await visitor.begin(an);
      return visitor;
    }),
  );
  await Promise.all(
    visitors.flatMap((visitor) => Array.from({ length: 5 }, (_, n) => visitor.code(other.code, `${n}`))),
  );
  expect((await account(an))?.activation?.tries).toBe(5);
  const last = new Visitor();
  expect(reasonOf(await last.begin(an))).toBe('activation_locked');
});

test('A-488 A-061 an expired link says so, in the middle too; a new letter makes the old link void', async () => {
  const an = await register(product);
  const visitor = new Visitor();
  await visitor.toKey(an, name());
  const before = await everything(an);
  const { clock } = product;
  const now = clock.now();
  clock.set((await account(an))?.activation?.until ?? 0);
  expect(reasonOf(await new HttpAgent().get(an.link))).toBe('activation_expired');
  clock.set(now);
  const anew = await register(product, an.id);
  expect(reasonOf(await new HttpAgent().get(an.link))).toBe('activation_replaced');
  // In the middle of it: the proof of the key comes too late.
  expect(reasonOf(await visitor.finish(an))).toBe('activation_replaced');
  expect(await everything(an)).toMatchObject({ keys: before.keys ?? [] });
  expect((await account(an))?.password).toBeUndefined();
  const second = new Visitor();
  await second.begin(anew);
  expect(reasonOf(await second.code(an.code))).toBe('activation_code_wrong');
  expect(stepOf(await second.code(anew.code))).toBe('select-key');
});

test('A-494 B3-01 of two browsers that finish at once one wins, and the other is told; afterwards the link is used', async () => {
  const an = await register(product);
  const [one, two] = [new Visitor(), new Visitor()];
  const [first, second] = [name(), name()];
  await one.toKey(an, first);
  product.clock.set(product.clock.now() + 60_000);
  const mails = product.mails.length;
  await two.begin(an);
  await two.code(an.code);
  await two.send('select-key', { key: 'authenticator-app' });
  const page = await two.send('choose-name', {
    username: second,
    password: `${password} other`,
    again: `${password} other`,
    action: 'continue',
  });
  const secret = shownSecret(page);
  expect([mails <= product.mails.length, secret.length > 15]).toEqual([true, true]);
  const answers = await Promise.all([
    one.finish(an),
    two.send('activate-key', { code: appCode(secret, product.clock.now()), action: 'continue' }),
  ]);
  const steps = answers.map((answer) => stepOf(answer) ?? '').toSorted();
  expect(steps).toEqual(['done', 'refused']);
  expect(answers.map(reasonOf)).toContain('activation_used');
  const after = await account(an);
  expect(after?.keys.filter(({ status }) => status === 'active')).toHaveLength(1);
  expect(reasonOf(await new HttpAgent().get(an.link))).toBe('activation_used');
  const replay = new Visitor();
  expect(reasonOf(await replay.begin(an))).toBe('activation_used');
});
