// Attacks on the activation by link and paper code (A-059, A-060, A-061, B4, B8): each half alone, halves of others, replays, races.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { activating, register, type Registered } from '../harness/activation-desk.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { appCode, reasonOf, stepOf } from './visitor.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct({ ...activating, sites: { selfService: true } });
});
afterAll(() => product.close());

const password = 'Tulpen uit Haarlem 43';
const account = async ({ id }: Pick<Registered, 'id'>) => product.services.people.get(id);
const everything = async (given: Pick<Registered, 'id'>) => {
  const { pending: _sent, activation, ...rest } = (await account(given)) ?? { pending: [] };
  const { openedAt: _opened, ...issued } = activation ?? {};
  return { ...rest, issued };
};
const stateOf = (agent: HttpAgent) => agent.url ?? '';

/** From the link to the page that asks for the code. */
async function open(agent: HttpAgent, { link }: Pick<Registered, 'link'>): Promise<Page> {
  const page = await agent.get(link);
  if (stepOf(page) !== 'activation') return page;
  return agent.post(page.url, { action: 'begin' }, { from: page.url });
}

class Visitor {
  readonly agent = new HttpAgent();
  base = '';
  async begin(given: Pick<Registered, 'link'>): Promise<Page> {
    const page = await open(this.agent, given);
    this.base = /^.*\/interaction\/[^/]+/.exec(stateOf(this.agent))?.[0] ?? '';
    return page;
  }
  send(step: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    return this.agent.post(`${this.base}/${step}`, fields, { from: this.base });
  }
  code(code: string, copy = ''): Promise<Page> {
    return this.send('paper-code', { code, copy, action: 'continue' });
  }
  /** Until the registration code is asked for. */
  async toKey(given: Registered, username: string): Promise<Page> {
    await this.begin(given);
    await this.code(given.code);
    await this.send('select-key', { key: 'email-otp' });
    return this.send('choose-name', { username, password, again: password, action: 'continue' });
  }
  async finish({ email }: Registered): Promise<Page> {
    const { text } = await product.mailTo(email, /\b\d{6}\b/);
    return this.send('activate-key', { code: /\b\d{6}\b/.exec(text)?.[0] ?? '', action: 'continue' });
  }
}

const shownSecret = (page: Page): string => /<code[^>]*>([A-Z2-7 ]+)<\/code>/.exec(page.body)?.[1] ?? '';
let names = 0;
const name = () => `an.peeters.${(names += 1)}`;

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

test('A-494 B4-07 a link in the browser of somebody else who is signed in is refused, and nothing is changed', async () => {
  const eve = await product.addPerson({ keys: ['authenticator-app'] });
  const an = await register(product);
  const before = await everything(an);
  const visitor = new Visitor();
  const start = await visitor.agent.get(`${product.issuer}/my/keys`);
  const base = start.url;
  await visitor.agent.post(`${base}/choose-key`, { key: 'authenticator-app' }, { from: base });
  await visitor.agent.post(
    `${base}/password`,
    { username: eve.username, password: eve.password, action: 'continue' },
    { from: base },
  );
  product.clock.set(product.clock.now() + 60_000);
  const keys = await visitor.agent.post(
    `${base}/prove-key`,
    { code: appCode(eve.totp, product.clock.now()), action: 'continue' },
    { from: base },
  );
  expect(stepOf(keys)).toBe('keys');
  const refused = await visitor.begin(an);
  expect(reasonOf(refused)).toBe('activation_other_account');
  expect(reasonOf(await visitor.code(an.code))).toBe('activation_other_account');
  expect(await everything(an)).toEqual(before);
  expect(stepOf(await visitor.agent.get(`${product.issuer}/my/keys`))).toBe('keys');
});

test('A-492 B4-13 every earlier key, password, session and browser ends with the activation, and not before', async () => {
  const victim = await product.addPerson({ keys: ['authenticator-app', 'token-card'] });
  const an = await register(product, victim.person.id);
  const visitor = new Visitor();
  await visitor.begin(an);
  const select = await visitor.code(an.code);
  expect(stepOf(select)).toBe('select-key');
  expect((await account(an))?.keys.map(({ status }) => status)).toEqual(['active', 'active']);
  await visitor.send('select-key', { key: 'authenticator-app' });
  // Who has signed in before keeps the name.
  const page = await visitor.send('choose-name', {
    username: 'somebody.else',
    password,
    again: password,
    action: 'continue',
  });
  expect((await account(an))?.password?.setAt).toBe(victim.person.password?.setAt);
  const secret = shownSecret(page);
  const done = await visitor.send('activate-key', { code: appCode(secret, product.clock.now()), action: 'continue' });
  expect([reasonOf(done), stepOf(done)]).toEqual([undefined, 'done']);
  const after = await account(an);
  expect(after?.username).toBe(victim.username);
  expect(after?.keys.map(({ factor, status }) => [factor, status])).toEqual([
    ['authenticator-app', 'off'],
    ['token-card', 'off'],
    ['authenticator-app', 'active'],
  ]);
  expect(after?.sessionsEnded).toBe((victim.person.sessionsEnded ?? 0) + 1);
  expect(after?.password?.setAt).toBeGreaterThanOrEqual(victim.person.password?.setAt ?? 0);
  expect(after?.password?.hash).not.toBe(victim.person.password?.hash);
});

test('A-495 a name that somebody has is told after both halves, and of two who take one at once one gets it', async () => {
  const taken = await product.addPerson();
  const [an, ben] = [await register(product), await register(product)];
  const [one, two] = [new Visitor(), new Visitor()];
  const refused = await one.toKey(an, taken.username.toUpperCase());
  expect([stepOf(refused), reasonOf(refused)]).toEqual(['choose-name', 'username_taken']);
  await two.begin(ben);
  await two.code(ben.code);
  await two.send('select-key', { key: 'email-otp' });
  const wanted = name();
  const pages = await Promise.all(
    [one, two].map((visitor) =>
      visitor.send('choose-name', { username: wanted, password, again: password, action: 'continue' }),
    ),
  );
  expect(pages.map((page) => stepOf(page) ?? '').toSorted()).toEqual(['activate-key', 'choose-name']);
  const names = [(await account(an))?.username, (await account(ben))?.username];
  expect(names.filter((each) => each === wanted)).toHaveLength(1);
});

test.each([
  [{ username: '', password, again: password }, 'input_invalid'],
  [{ username: 'a\u202eb', password, again: password }, 'input_invalid'],
  [{ username: 'x'.repeat(101), password, again: password }, 'input_invalid'],
  [{ username: 'ok.name', password: '', again: '' }, 'input_invalid'],
  [{ username: 'ok.name', password: 'kort', again: 'kort' }, 'password_too_short'],
  [{ username: 'ok.name', password: 'password', again: 'password' }, 'password_too_common'],
  [{ username: 'ok.names', password: 'OK.names', again: 'OK.names' }, 'password_too_common'],
  [{ username: 'ok.name', password, again: `${password}!` }, 'password_differs'],
])('A-492 name and password %j: %s, and nothing is changed', async (fields, reason) => {
  const an = await register(product);
  const visitor = new Visitor();
  await visitor.begin(an);
  await visitor.code(an.code);
  await visitor.send('select-key', { key: 'email-otp' });
  const before = await everything(an);
  const page = await visitor.send('choose-name', { ...fields, action: 'continue' });
  expect([stepOf(page), reasonOf(page)]).toEqual(['choose-name', reason]);
  expect(page.body).not.toContain(password);
  expect(await everything(an)).toEqual(before);
});

test('A-497 a key that may not be activated in this way is refused, also by a direct request', async () => {
  const an = await register(product);
  const visitor = new Visitor();
  await visitor.begin(an);
  await visitor.code(an.code);
  for (const key of ['token-card', 'sms', 'nothing', '']) {
    const page = await visitor.send('select-key', { key });
    expect([key, stepOf(page), reasonOf(page)]).toEqual([key, 'select-key', 'choice_unknown']);
  }
});

test('A-494 a disabled account, disabled in the middle too; another client may not ask for an activation', async () => {
  const an = await register(product);
  const visitor = new Visitor();
  await visitor.toKey(an, name());
  await product.services.people.change(an.id, (person) => ({ ...person, disabled: true }));
  expect(reasonOf(await visitor.finish(an))).toBe('account_disabled');
  expect(reasonOf(await new HttpAgent().get(an.link))).toBe('account_disabled');
  expect((await account(an))?.keys).toEqual([]);
  const { client, issuer } = product;
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: 's'.repeat(20),
    code_challenge: 'c'.repeat(43),
    code_challenge_method: 'S256',
    rekey_action: 'activate',
  });
  const asked = await new HttpAgent().get(`${issuer}/auth?${query.toString()}`);
  expect(asked.left?.searchParams.get('error')).toBe('unauthorized_client');
});
