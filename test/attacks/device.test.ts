// Device authorization grant (RFC 8628 §5): what somebody tries who wants a device signed in as another person, or
// another person on a device.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../harness/free-port.ts';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { nodesOfRun } from '../harness/test-storage.ts';
import { afterwards, going, giveCode, givePassword, reasonOf, rightCode, send, stepOf } from './visitor.ts';

const grant = 'urn:ietf:params:oauth:grant-type:device_code';
const minute = 60_000;
const script = '<script>alert(1)</script>';
const secret = 'a-secret-of-the-relying-party-1';

/** So many running tries can exceed the limit where there are several nodes. */
const further = 4 * (nodesOfRun() - 1);
const letters = 'BCDFGHJKLMNPQRST';

const clients = [
  { id: 'tv', name: 'Television', deviceGrant: true, tokenEndpointAuthMethod: 'none' },
  { id: 'odd', name: `${script}{{7*7}}`, deviceGrant: true, tokenEndpointAuthMethod: 'none' },
  { id: 'box', name: 'Box', deviceGrant: true, secret },
  { id: 'foreign', name: 'Foreign', deviceGrant: true, tokenEndpointAuthMethod: 'none', thirdParty: true },
];

let product: Product;
beforeAll(async () => {
  const port = await freePort();
  const listening = { listen: { host: '127.0.0.1', port, proxy: true } };
  const limits = { wrongFromNetworkPerHour: 10, signInsFromNetworkPerMinute: 10, pauseAfter: 20, sendEverySeconds: 1 };
  product = await startProduct({ ...going(), ...listening, limits, clients }, { port });
});
afterAll(() => product.close());

interface Begun {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri_complete: string;
}
type Headers = Readonly<Record<string, string>>;
const from = (address: string): Headers => ({ 'x-forwarded-for': address });

async function post(path: string, body: Record<string, string>, headers: Headers = {}) {
  const answer = await fetch(`${product.issuer}${path}`, { method: 'POST', body: new URLSearchParams(body), headers });
  return { status: answer.status, answer: (await answer.json()) as Record<string, unknown> };
}
async function begin(client_id = 'tv', headers: Headers = {}): Promise<Begun> {
  const { answer } = await post('/device/auth', { client_id, scope: 'openid' }, headers);
  return answer as unknown as Begun;
}
async function poll({ device_code }: Pick<Begun, 'device_code'>, client_id = 'tv'): Promise<unknown> {
  product.clock.advance(5_000);
  const { answer } = await post('/token', { grant_type: grant, device_code, client_id });
  return answer['error'] ?? 'tokens';
}
const modeOf = ({ body }: Page): string | undefined => /<main[^>]* data-mode="(\w+)"/.exec(body)?.[1];
const secretIn = ({ body }: Page): string => /name="xsrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
const page = (): string => `${product.issuer}/device`;

async function enter(agent: HttpAgent, user_code: string, headers: Headers = {}): Promise<Page> {
  const form = await agent.get(page(), { headers });
  return agent.post(page(), { xsrf: secretIn(form), user_code }, { from: page(), headers });
}
async function confirm(agent: HttpAgent, shown: Page, more: Headers = {}): Promise<Page> {
  const user_code = /name="user_code" value="([^"]+)"/.exec(shown.body)?.[1] ?? '';
  const body = { xsrf: secretIn(shown), user_code, confirm: 'yes', ...more };
  return agent.post(page(), body, { from: page() });
}
/** Signs in from the first page of a sign-in. */
async function signIn(agent: HttpAgent, first: Page, an: NewPerson): Promise<Page> {
  const base = /^.*\/interaction\/[^/]+/.exec(first.url)?.[0] ?? '';
  const visit = { agent, base, page: first, pending: undefined as never };
  const before = product.mails.length;
  await send(visit, 'choose-key', { key: 'email-otp' });
  return giveCode(visit, await rightCode(product, an, await givePassword(visit, an), before));
}

test('A-660 A-666 a person approves at the product: page, confirmation, second factor, end; all of it uncached', async () => {
  const an = await product.addPerson({ keys: ['email-otp'] });
  const begun = await begin();
  const agent = new HttpAgent();
  const shown = await enter(agent, begun.user_code.toLowerCase().replace('-', ' '));
  expect([stepOf(shown), shown.headers['cache-control']]).toEqual(['device-confirm', 'no-store']);
  const first = await confirm(agent, shown);
  expect([stepOf(first), await poll(begun)]).toEqual(['choose-key', 'authorization_pending']);
  const end = await signIn(agent, first, an);
  expect([stepOf(end), modeOf(end)]).toEqual(['device-code', 'done']);
  expect(await poll(begun)).toBe('tokens');
  // The user code counts once, and the device code too.
  expect([await poll(begun), reasonOf(await enter(new HttpAgent(), begun.user_code))]).toEqual([
    'invalid_grant',
    'user_code_unknown',
  ]);
  await product.app.flush();
  const lines = product.logs.filter((line) => line.includes('"event":"device-code.'));
  expect(lines.some((line) => line.includes('device-code.approved') && line.includes(an.person.id))).toBe(true);
  expect(product.logs.some((line) => line.includes(begun.device_code) || line.includes(begun.user_code))).toBe(false);
});

test('A-661 one network guesses few codes, and is then told to wait; others go on', async () => {
  const begun = await begin();
  const there = from('203.0.113.7');
  const tried = async (guess: number): Promise<string> => {
    const answer = await enter(new HttpAgent(), `BBBB-BB${letters[guess >> 4]}${letters[guess & 15]}`, there);
    return `${answer.status} ${reasonOf(answer)}`;
  };
  let compared = 0;
  while (compared < 40 && (await tried(compared)) === '200 user_code_unknown') compared += 1;
  expect([await tried(compared), compared >= 10, compared <= 10 + further]).toEqual([
    '429 attempts_paused',
    true,
    true,
  ]);
  // Not even the right one, so that nobody learns whether a further guess was right.
  expect(reasonOf(await enter(new HttpAgent(), begun.user_code, there))).toBe('attempts_paused');
  expect(stepOf(await enter(new HttpAgent(), begun.user_code, from('203.0.113.8')))).toBe('device-confirm');
});

test('A-661 all networks together guess few codes, then everybody waits', async () => {
  product.clock.advance(60 * minute);
  const agent = new HttpAgent();
  const xsrf = secretIn(await agent.get(page()));
  const guess = (network: number): Promise<Page> =>
    agent.post(
      page(),
      { xsrf, user_code: 'BBBB-BBBB' },
      { from: page(), headers: from(`198.51.${network >> 8}.${network & 255}`) },
    );
  let taken = 0;
  while (taken < 1_100 && (await guess(taken)).status === 200) taken += 1;
  expect([taken >= 1_000, taken <= 1_000 + further]).toEqual([true, true]);
  expect(reasonOf(await guess(2_000))).toBe('attempts_paused');
  product.clock.advance(60 * minute);
  expect(stepOf(await enter(new HttpAgent(), 'BBBB-BBBB', from('203.0.113.200')))).toBe('device-code');
}, 120_000);

test('A-662 a post of another site, and one without what the page gave, approve and refuse nothing', async () => {
  const an = await product.addPerson({ keys: ['email-otp'] });
  const agent = new HttpAgent();
  await signIn(agent, await confirm(agent, await enter(agent, (await begin()).user_code)), an);
  const theirs = await begin();
  const form = { user_code: theirs.user_code, confirm: 'yes' };
  const own = secretIn(await agent.get(page()));
  const foreign = await agent.post(page(), { ...form, xsrf: own }, { headers: { 'sec-fetch-site': 'cross-site' } });
  expect([foreign.status, reasonOf(foreign)]).toEqual([403, 'request_foreign']);
  const elsewhere = await agent.post(page(), { ...form, xsrf: own }, { headers: { 'sec-fetch-site': 'same-site' } });
  expect(elsewhere.status).toBe(403);
  // A person is lured to a link that has everything.
  for (const query of [new URLSearchParams(form).toString(), new URLSearchParams({ ...form, xsrf: own }).toString()])
    expect(stepOf(await agent.get(`${page()}?${query}`))).toBe('onward');
  // The confirmation was never shown in this browser.
  const skipped = await agent.post(page(), { ...form, xsrf: secretIn(await agent.get(page())) }, { from: page() });
  expect(reasonOf(skipped)).toBe('user_code_unknown');
  expect(await poll(theirs)).toBe('authorization_pending');
});

test('A-662 a sign-in for a device ends in the browser that began it, and in no other', async () => {
  const an = await product.addPerson({ keys: ['email-otp'] });
  const begun = await begin();
  const attacker = new HttpAgent();
  const first = await confirm(attacker, await enter(attacker, begun.user_code));
  const victim = new HttpAgent();
  expect(reasonOf(await victim.get(first.url))).toMatch(/interaction_foreign|cookies_missing/);
  const uid = first.url.split('/')[4] ?? '';
  expect((await victim.get(`${page()}/${uid}`)).status).toBe(400);
  expect(await poll(begun)).toBe('authorization_pending');
  expect(modeOf(await signIn(attacker, first, an))).toBe('done');
});

test('A-663 a device code is redeemed by its client alone', async () => {
  const an = await product.addPerson({ keys: ['email-otp'] });
  const begun = await begin();
  const agent = new HttpAgent();
  await signIn(agent, await confirm(agent, await enter(agent, begun.user_code)), an);
  expect(await poll(begun, 'odd')).toBe('invalid_grant');
  const body = { grant_type: grant, device_code: begun.device_code };
  const basic = { authorization: `Basic ${Buffer.from(`box:${secret}`).toString('base64')}` };
  expect((await post('/token', body, basic)).answer['error']).toBe('invalid_grant');
  expect(await poll(begun)).toBe('tokens');
});

test('A-660 a client that must authenticate does so for a device too', async () => {
  const { status, answer } = await post('/device/auth', { client_id: 'box', scope: 'openid' });
  expect([status, answer['error']]).toEqual([401, 'invalid_client']);
});

test('A-666 script in the name of a client, or in a code, is text', async () => {
  const begun = await begin('odd');
  const agent = new HttpAgent();
  const shown = await enter(agent, begun.user_code);
  expect([stepOf(shown), shown.body.includes(script), shown.body.includes('&lt;script&gt;')]).toEqual([
    'device-confirm',
    false,
    true,
  ]);
  expect(shown.body).toContain('7*7');
  const typed = await enter(agent, `"><img src=x>${script}`);
  expect([reasonOf(typed), typed.body.includes('<img src=x'), typed.body.includes(script)]).toEqual([
    'user_code_unknown',
    false,
    false,
  ]);
});

test('A-667 the confirmation tells the code, the service and whether the device is in the same network', async () => {
  const begun = await begin('tv', from('192.0.2.1'));
  const [same, other] = [
    await enter(new HttpAgent({ language: 'en' }), begun.user_code, from('192.0.2.1')),
    await enter(new HttpAgent({ language: 'en' }), begun.user_code, from('192.0.2.2')),
  ];
  for (const { body } of [same, other]) {
    expect(body).toContain(begun.user_code);
    expect(body).toContain('Television');
  }
  expect([same.body.includes('192.0.2.1'), other.body.includes('192.0.2.1')]).toEqual([false, true]);
});

test('A-668 one network asks for few codes of a public client', async () => {
  const headers = from('203.0.113.99');
  let last = { status: 0, answer: {} as Record<string, unknown> };
  let asked = 0;
  while (last.status !== 429 && asked < 100 * nodesOfRun()) {
    last = await post('/device/auth', { client_id: 'tv', scope: 'openid' }, headers);
    asked += 1;
  }
  expect([last.status, last.answer['error']]).toEqual([429, 'temporarily_unavailable']);
  expect((await begin('tv', from('203.0.113.98'))).user_code).toHaveLength(9);
  const long = await post('/device/auth', { client_id: 'tv', scope: 'openid', login_hint: 'a'.repeat(600) });
  expect(long.answer['error']).toBe('invalid_request');
});

test('A-668 one network opens few pages for codes without a cookie: each is a session in the store', async () => {
  const headers = from('203.0.113.120');
  const open = async (address = headers): Promise<number> =>
    (await new HttpAgent().get(page(), { headers: address })).status;
  let opened = 0;
  while (opened < 100 * nodesOfRun() && (await open()) === 200) opened += 1;
  expect([opened >= 50, opened <= 50 * nodesOfRun()]).toEqual([true, true]);
  expect(await open(from('203.0.113.121'))).toBe(200);
});

test('A-664 `max_age=0` of a device asks for a new sign-in, as that of any client', async () => {
  const an = await product.addPerson({ keys: ['email-otp'] });
  const agent = new HttpAgent();
  await signIn(agent, await confirm(agent, await enter(agent, (await begin()).user_code)), an);
  product.clock.advance(1_000);
  const { answer } = await post('/device/auth', { client_id: 'tv', scope: 'openid', max_age: '0' });
  const fresh = answer as unknown as Begun;
  expect(modeOf(await confirm(agent, await enter(agent, fresh.user_code)))).toBeUndefined();
  expect(await poll(fresh)).toBe('authorization_pending');
});

test('A-664 a device of a third party gets what the person allows, and nothing before', async () => {
  const an = await product.addPerson({ keys: ['email-otp'] });
  const agent = new HttpAgent();
  const [first, second] = [await begin('foreign'), await begin('foreign')];
  const asked = await signIn(agent, await confirm(agent, await enter(agent, first.user_code)), an);
  expect([stepOf(asked), await poll(first, 'foreign')]).toEqual(['consent', 'authorization_pending']);
  expect(modeOf(await agent.submit(asked, { action: 'deny' }))).toBe('refused');
  expect(await poll(first, 'foreign')).toBe('access_denied');
  const again = await signIn(agent, await confirm(agent, await enter(agent, second.user_code)), an);
  expect(stepOf(again)).toBe('consent');
  expect(modeOf(await agent.submit(again, { action: 'allow' }))).toBe('done');
  expect(await poll(second, 'foreign')).toBe('tokens');
});

test('A-664 a person whose factor is ending meets the dialog; after the last day a device gets nothing', async () => {
  const an = await product.addPerson({ keys: ['token-card'] });
  const agent = new HttpAgent();
  const [soon, late] = [await begin(), await begin()];
  const first = await confirm(agent, await enter(agent, soon.user_code));
  const base = /^.*\/interaction\/[^/]+/.exec(first.url)?.[0] ?? '';
  const visit = { agent, base, page: first, pending: undefined as never };
  expect(stepOf(await send(visit, 'choose-key', { key: 'token-card' }))).toBe('phase-out');
  await send(visit, 'phase-out', { action: 'postpone' });
  const end = await giveCode(visit, await rightCode(product, an, await givePassword(visit, an)));
  expect(modeOf(end)).toBe('done');
  expect(modeOf(await confirm(agent, await enter(agent, late.user_code)))).toBe('done');
  expect(await poll(soon)).toBe('tokens');
  product.clock.set(afterwards);
  expect(await poll(late)).toMatch(/invalid_grant|expired_token/);
  const again = await begin();
  expect(stepOf(await confirm(agent, await enter(agent, again.user_code)))).not.toBe('device-code');
  expect(await poll(again)).toBe('authorization_pending');
});
