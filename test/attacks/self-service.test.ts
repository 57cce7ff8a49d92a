// Attacks on *My digital keys* (B8): forms of others, answers of others, a session that outlives what it rests on.
import { removePerson } from '../../admin/use-cases/person-remove.ts';
import { until } from '../harness/until.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../harness/free-port.ts';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { disablePerson, endSessions } from '../../admin/use-cases/account-end.ts';
import { enter as enterAt, keysIn, lastAnswer, tokenIn } from './site-visit.ts';
import { staying, stepOf } from './visitor.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct({ ...staying, sites: { selfService: true } });
});
afterAll(() => product.close());

const enter = (agent: HttpAgent, person: NewPerson, page?: string) => enterAt(product, agent, person, page);
/** The address to which the provider sends the browser in the end. */
async function answerFor(agent: HttpAgent, person: NewPerson): Promise<string> {
  const { headers } = await lastAnswer(product, agent, person, '/my/keys');
  return (await agent.get(headers.location ?? '', { follow: 'no' })).headers.location ?? '';
}
const somebody = () => product.addPerson({ keys: ['authenticator-app'] });
const keyIn = (page: Page): string => keysIn(page)[0] ?? '';
const labels = async ({ person }: NewPerson) =>
  (await product.services.people.get(person.id))?.keys.map(({ label }) => label);

test('C1 C2 A-460 a person comes in by a sign-in, sees their own keys and names one', async () => {
  const an = await somebody();
  const agent = new HttpAgent();
  const page = await enter(agent, an);
  expect([stepOf(page), page.status, new URL(page.url).pathname]).toEqual(['keys', 200, '/my/keys']);
  const named = await agent.post(
    page.url,
    { form: tokenIn(page), action: 'rename', id: keyIn(page), label: ' My \u202e phone ' },
    { from: page.url },
  );
  expect([stepOf(named), named.body.includes('My phone')]).toEqual(['keys', true]);
  expect(await labels(an)).toEqual(['My phone']);
});

test('A-461 a form of another site, of another session or without its token changes nothing', async () => {
  const [an, ben] = [await somebody(), await somebody()];
  const [agent, other] = [new HttpAgent(), new HttpAgent()];
  const page = await enter(agent, an);
  const theirs = await enter(other, ben);
  const fields = { action: 'rename', id: keyIn(page), label: 'taken' };
  const from = page.url;
  for (const [form, going] of [
    ['', { from }],
    [tokenIn(theirs), { from }],
    [tokenIn(page), { from: 'https://evil.example/' }],
    [tokenIn(page), { from, headers: { 'sec-fetch-site': 'same-site' } }],
  ] as const) {
    const answer = await agent.post(page.url, { ...fields, form }, going);
    expect([form, answer.status === 403 || stepOf(answer) === 'site-start']).toEqual([form, true]);
  }
  // Somebody else's key is none.
  await other.post(theirs.url, { ...fields, form: tokenIn(theirs) }, { from: theirs.url });
  expect(await labels(an)).toEqual([undefined]);
});

test('A-462 an answer that this browser did not ask for opens nothing: a code of another person, a used one, a changed state', async () => {
  const [an, eve] = [await somebody(), await somebody()];
  // Eve signs in, keeps the answer to herself, and has An's browser take it.
  const mine = new HttpAgent();
  const answer = await answerFor(mine, eve);
  expect(answer).toMatch(/\/my\/callback\?code=/);
  const victim = new HttpAgent();
  const { search } = new URL(answer);
  for (const query of [search, '?code=abc&state=def', '', '?error=access_denied&state=x', '?code=abc']) {
    const opened = await victim.get(`${product.issuer}/my/callback${query}`);
    expect([query, stepOf(opened)]).toEqual([query, 'site-start']);
  }
  const signedIn = await enter(victim, an);
  const after = await victim.get(answer);
  expect([stepOf(signedIn), stepOf(after)]).toEqual(['keys', 'site-start']);
  // In her own browser it counts once.
  expect(stepOf(await mine.get(answer))).toBe('keys');
  mine.forgetCookies();
  expect(stepOf(await mine.get(answer))).toBe('site-start');
});

test('A-463 a session of the site is over with what it rests on: sessions ended, account switched off, key gone', async () => {
  for (const end of [
    (an: NewPerson) => endSessions(product.services, { person: an.username, by: 'test' }),
    (an: NewPerson) => disablePerson(product.services, { person: an.username, by: 'test' }),
    (an: NewPerson) =>
      product.services.people.change(an.person.id, (person) => ({
        ...person,
        keys: person.keys.map((key) => ({ ...key, status: 'blocked' as const })),
      })),
  ]) {
    const an = await somebody();
    const agent = new HttpAgent();
    const page = await enter(agent, an);
    expect(stepOf(page)).toBe('keys');
    await end(an);
    const form = { form: tokenIn(page), action: 'rename', id: keyIn(page), label: 'late' };
    const refused = await agent.post(page.url, form, { from: page.url });
    expect(stepOf(refused)).toBe('site-start');
    expect(await labels(an)).toEqual([undefined]);
    expect(stepOf(await agent.get(`${product.issuer}/my/keys`))).not.toBe('keys');
  }
});

test('A-463 B8-03 no session of the site outlives its account, and none opens the next account of that name', async () => {
  const an = await somebody();
  const agent = new HttpAgent();
  const page = await enter(agent, an);
  expect(stepOf(page)).toBe('keys');
  const isShut = async () => {
    const form = { form: tokenIn(page), action: 'rename', id: keyIn(page), label: 'late' };
    expect(stepOf(await agent.post(page.url, form, { from: page.url }))).toBe('site-start');
    for (const tab of ['keys', 'profile', 'info'])
      expect(stepOf(await agent.get(`${product.issuer}/my/${tab}`))).toBe('choose-key');
  };
  await removePerson(product.services, { person: an.person.id, by: 'test', confirmed: true });
  await isShut();
  await until('the account is gone', async () => {
    await product.app.flush();
    return (await product.services.people.get(an.person.id)) === undefined;
  });
  await isShut();
  const next = await product.addPerson({ keys: ['authenticator-app'], username: an.username });
  await isShut();
  expect(await labels(next)).toEqual([undefined]);
});

test('A-464 signing out ends the session on the server, and the provider’s too; signing out everywhere ends it in other browsers', async () => {
  const an = await somebody();
  const agent = new HttpAgent();
  const page = await enter(agent, an);
  const kept = agent.cookies.filter(({ name }) => name.includes('site'));
  const out = await agent.post(page.url, { form: tokenIn(page), action: 'sign-out' }, { from: page.url });
  expect(['sign-out', 'site-start', 'signed-out']).toContain(stepOf(out));
  const thief = new HttpAgent();
  thief.cookies.push(...kept);
  expect(stepOf(await thief.get(`${product.issuer}/my/keys`))).not.toBe('keys');

  const [here, there] = [new HttpAgent(), new HttpAgent()];
  const info = await enter(here, an, '/my/info');
  expect(stepOf(await enter(there, an))).toBe('keys');
  await here.post(info.url, { form: tokenIn(info), action: 'end-everywhere' }, { from: info.url });
  expect(stepOf(await there.get(`${product.issuer}/my/keys`))).not.toBe('keys');
});

test('what is no page and no action is refused, and a page is kept by nobody', async () => {
  const an = await somebody();
  const agent = new HttpAgent();
  const page = await enter(agent, an);
  expect(page.headers['cache-control']).toBe('no-store');
  const form = tokenIn(page);
  for (const [path, action] of [
    ['keys', 'remove-everything'],
    ['nothing', 'rename'],
    ['profile', 'rename'],
  ] as const) {
    const answer = await agent.post(`${product.issuer}/my/${path}`, { form, action }, { from: page.url });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  expect((await agent.get(page.url, { method: 'PUT' })).status).toBe(200);
});

test('A-460 behind a proxy, with a name that this machine does not reach: https, and cookies bound to the host', async () => {
  const issuer = 'https://login.example.test';
  const port = await freePort();
  const listen = { host: '127.0.0.1', port, proxy: true };
  // Named only; mails of tests are kept in memory.
  const mail = { smtp: { host: 'mail.example.test', from: { name: 'Test', address: 'test@example.test' } } };
  const far = await startProduct({ ...staying, issuer, listen, mail, sites: { selfService: true } }, { port });
  try {
    const an = await far.addPerson({ keys: ['authenticator-app'] });
    const agent = new HttpAgent({ origins: { [issuer]: port } });
    const { headers } = await lastAnswer({ ...far, issuer }, agent, an, '/my/keys');
    const page = await agent.get(headers.location ?? '');
    expect([stepOf(page), page.url]).toEqual(['keys', `${issuer}/my/keys`]);
    const cookie = agent.cookies.find(({ name }) => name.endsWith('-session') && name.includes('site'));
    expect(cookie).toMatchObject({ name: '__Host-site-my-session', secure: true, httpOnly: true, sameSite: 'lax' });
  } finally {
    await far.close();
  }
});
