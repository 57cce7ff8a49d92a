// Attacks on the registration desk (B1, A-059, A-082, A-105, B11): by people who are no clerks, and by clerks.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import {
  addClerk,
  askLetter,
  citizen,
  codeForm,
  codeIn,
  enterDesk,
  lastAnswer,
  register,
  tokenIn,
  withDesk,
} from '../harness/desk-visit.ts';
import { pdfText } from '../harness/pdf-text.ts';
import { relyingParty } from '../harness/relying-party.ts';
import { begin, givePassword, gotCode, reasonOf, rightCode, send, stepOf } from './visitor.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct(withDesk);
});
afterAll(() => product.close());

interface AtDesk {
  readonly agent: HttpAgent;
  readonly page: Page;
  readonly clerk: NewPerson;
}
async function atDesk(options: Parameters<typeof addClerk>[1] = {}): Promise<AtDesk> {
  const clerk = await addClerk(product, options);
  const agent = new HttpAgent();
  return { agent, clerk, page: await enterDesk(product, agent, clerk) };
}
const desk = (path: string) => `${product.issuer}/desk${path}`;
const isLetter = ({ headers }: Page): boolean => headers['content-type'] === 'application/pdf';
const idIn = ({ url }: Page): string => /\/person\/([\w-]+)/.exec(url)?.[1] ?? '';
const stored = async (page: Page) => product.services.people.get(idIn(page));

test('B1 A-503 a clerk registers a person: a link by mail, a code in the letter, neither with the other', async () => {
  const { agent, page } = await atDesk();
  expect([stepOf(page), page.headers['cache-control']]).toEqual(['desk-list', 'no-store']);
  const new1 = citizen();
  const person = await register(product, agent, page, new1);
  expect([stepOf(person), new URL(person.url).search]).toEqual(['desk-person', '?done=registered']);
  expect(person.body).not.toContain(new1.email);
  const letter = await askLetter(agent, person);
  expect([letter.status, isLetter(letter)]).toEqual([200, true]);
  expect(letter.headers).toMatchObject({ 'cache-control': 'no-store' });
  expect(letter.headers['content-disposition']).toContain('attachment');
  const words = pdfText(letter.bytes);
  const code = codeIn(letter);
  expect([code.length, words.includes('Désirée Müller')]).toEqual([14, true]);
  expect(words).not.toMatch(/http|activate\//);
  const mail = await product.mailTo(new1.email);
  expect(mail.text).toMatch(/\/activate\/[\w-]{38}/);
  expect([mail.text.includes(code), codeForm.test(mail.text)]).toEqual([false, false]);
  // The list says how far it is, and no page has the code.
  const list = await agent.get(desk('/list'));
  expect(list.body).toMatch(/data-status="issued"[\s\S]*Désirée Müller/);
  const again = await agent.get(person.url);
  for (const { body } of [person, list, again]) expect(codeForm.test(body)).toBe(false);
  expect(JSON.stringify(product.logs)).not.toContain(code);
});

test('A-504 the letter is given once: a second click and a replay get none, and a new letter ends the old code', async () => {
  const { agent, page } = await atDesk();
  const person = await register(product, agent, page, citizen());
  const first = await askLetter(agent, person);
  const before = (await stored(person))?.activation?.id;
  const replayed = await askLetter(agent, person);
  expect([isLetter(replayed), stepOf(replayed), new URL(replayed.url).search]).toEqual([
    false,
    'desk-person',
    '?done=letter-made',
  ]);
  expect((await stored(person))?.activation?.id).toBe(before);
  const second = await askLetter(agent, replayed, { document: 'passport' });
  const after = await stored(person);
  expect([isLetter(second), codeIn(second) === codeIn(first), after?.activation?.id === before]).toEqual([
    true,
    false,
    false,
  ]);
  const list = await agent.get(desk('/list'));
  expect(list.body).toContain('data-status="replaced"');
  // Sixteen at once from one page: one letter.
  const shown = await agent.get(person.url);
  const all = await Promise.all(Array.from({ length: 16 }, () => askLetter(agent, shown, { document: 'passport' })));
  expect(all.filter(isLetter)).toHaveLength(1);
});

test('A-504 a new letter for a person who is known needs a document that was looked at', async () => {
  const { agent, page } = await atDesk();
  const known = await product.addPerson({ keys: ['email-otp'] });
  const found = await agent.post(
    desk('/find'),
    { form: tokenIn(page), action: 'find', who: known.email },
    { from: page.url },
  );
  expect([stepOf(found), idIn(found)]).toEqual(['desk-person', known.person.id]);
  for (const document of ['', 'library-card']) {
    const refused = await askLetter(agent, found, { document });
    expect([isLetter(refused), reasonOf(refused)]).toEqual([false, 'document_missing']);
  }
  expect((await stored(found))?.activation).toBeUndefined();
  expect(isLetter(await askLetter(agent, found, { document: 'passport' }))).toBe(true);
});

test('A-505 who is no clerk sees nothing and does nothing; a role that is taken away ends at the next request', async () => {
  const citizenOnly = await product.addPerson({ keys: ['authenticator-app'] });
  const agent = new HttpAgent();
  const denied = await enterDesk(product, agent, citizenOnly);
  expect([denied.status, stepOf(denied), reasonOf(denied)]).toEqual([403, 'desk-denied', 'desk_forbidden']);
  const count = await product.services.people.count();
  for (const path of ['/register', '/find', `/person/${citizenOnly.person.id}`]) {
    const fields = { ...citizen(), form: tokenIn(denied), action: 'register', who: citizenOnly.email };
    const posted = await agent.post(desk(path), fields, { from: denied.url });
    const got = await agent.get(desk(path));
    expect([path, stepOf(posted), stepOf(got)]).toEqual([path, 'desk-denied', 'desk-denied']);
  }
  expect(await product.services.people.count()).toBe(count);

  const { agent: mine, page, clerk } = await atDesk();
  const person = await register(product, mine, page, citizen());
  await product.services.people.change(clerk.person.id, (one) => ({ ...one, groups: [] }));
  const refused = await askLetter(mine, person);
  expect([isLetter(refused), stepOf(refused)]).toEqual([false, 'desk-denied']);
  expect((await stored(person))?.activation).toBeUndefined();
});

test('A-105 A-505 a password and a key are asked: a code by mail, or a password alone, opens no desk', async () => {
  // The mailbox alone is no second factor here: the clerk is asked for the app, or gets one first.
  const weak = await addClerk(product, { keys: ['email-otp'] });
  const agent = new HttpAgent();
  const { issuer } = product;
  const base = (await agent.get(`${issuer}/desk/list`)).url;
  const choose = await agent.get(base);
  expect(choose.body).not.toContain('value="email-otp"');
  await agent.post(`${base}/choose-key`, { key: 'email-otp' }, { from: base });
  const { username, password } = weak;
  const after = await agent.post(`${base}/password`, { username, password, action: 'continue' }, { from: base });
  expect(['desk-list', undefined]).not.toContain(stepOf(after));
  expect(stepOf(await agent.get(`${issuer}/desk/list`))).not.toBe('desk-list');
});

test('A-082 A-505 a browser that a clerk trusts elsewhere is asked for the key at the desk', async () => {
  const { id, secret, redirectUri } = product.client;
  const trusting = await startProduct({
    ...withDesk,
    password: { minimumLength: 15 },
    signIn: { order: 'name-first', trustedBrowser: { enabled: true }, secureAccount: true },
    clients: [{ id, secret, redirectUris: [redirectUri], level: 'single', trustedBrowser: true }],
  });
  try {
    const rp = await relyingParty(trusting.issuer, trusting.client);
    const clerk = await addClerk(trusting);
    const agent = new HttpAgent();
    const first = await begin(rp, { agent, prompt: 'login' });
    const code = await rightCode(trusting, clerk, await givePassword(first, clerk));
    expect(gotCode(await send(first, 'prove-key', { code, action: 'continue', trust: 'yes' }))).toBe(true);
    // Another session, in which the trust stood for the key.
    for (const cookie of agent.cookies.filter(({ name }) => name !== 'rekey-trusted-browser'))
      agent.cookies.splice(agent.cookies.indexOf(cookie), 1);
    expect(gotCode(await givePassword(await begin(rp, { agent, prompt: 'login' }), clerk))).toBe(true);
    const asked = await agent.get(`${trusting.issuer}/desk/list`);
    expect(asked.url).toContain('/interaction/');
    expect(['password', 'prove-key']).toContain(stepOf(asked));
    if (stepOf(asked) === 'password') {
      const { username, password } = clerk;
      const base = asked.url.replace(/\/(?:password)?$/, '');
      const next = await agent.post(
        `${base}/password`,
        { username, password, action: 'continue' },
        { from: asked.url },
      );
      expect(stepOf(next)).toBe('prove-key');
    }
  } finally {
    await trusting.close();
  }
});

test('A-505 a sign-in that is too old opens no desk, even where the browser takes max_age out of the request', async () => {
  const clerk = await addClerk(product);
  const agent = new HttpAgent();
  const { clock, issuer } = product;
  const answered = await lastAnswer(product, agent, clerk, '/desk/list');
  const back = await agent.get(answered.headers.location ?? '', { follow: 'no' });
  clock.set(clock.now() + 4 * 3_600_000 + 61_000);
  const late = await agent.get(back.headers.location ?? '');
  expect(stepOf(late)).toBe('desk-start');
  const asked = await new HttpAgent().get(`${issuer}/desk/list`, { follow: 'no' });
  expect(asked.headers.location).toContain('max_age=14400');
});

test('A-461 a form of another site, of another session, without its token or of another of our sites does nothing', async () => {
  const [one, other] = [await atDesk(), await atDesk()];
  const count = await product.services.people.count();
  const from = one.page.url;
  const fields = { ...citizen(), action: 'register' };
  for (const [form, going] of [
    ['', { from }],
    [tokenIn(other.page), { from }],
    [tokenIn(one.page), { from: 'https://evil.example/' }],
    [tokenIn(one.page), { from, headers: { 'sec-fetch-site': 'same-site' } }],
    [tokenIn(one.page), { from, headers: { 'sec-fetch-site': 'cross-site' } }],
  ] as const) {
    const answer = await one.agent.post(desk('/register'), { ...fields, form }, going);
    expect([form, answer.status === 403 || stepOf(answer) === 'desk-start']).toEqual([form, true]);
  }
  expect(await product.services.people.count()).toBe(count);
  // The session of one site is none of another.
  const renamed = new HttpAgent();
  for (const cookie of one.agent.cookies)
    renamed.cookies.push({ ...cookie, name: cookie.name.replace('site-desk', 'site-my') });
  expect(stepOf(await renamed.get(desk('/list'), { follow: 'yes' }))).not.toBe('desk-list');
});

test('A-506 a clerk gets no letter for himself, another clerk or a protected group, and the page says who does it', async () => {
  const { agent, page, clerk } = await atDesk();
  const administrator = await product.addPerson({ groups: ['administrators'], keys: ['email-otp'] });
  const colleague = await addClerk(product);
  for (const { email, person } of [clerk, administrator, colleague]) {
    const found = await agent.post(
      desk('/find'),
      { form: tokenIn(page), action: 'find', who: email },
      { from: page.url },
    );
    expect([stepOf(found), found.body.includes('value="letter"')]).toEqual(['desk-person', false]);
    const forced = await askLetter(agent, found, { document: 'passport' });
    expect([isLetter(forced), reasonOf(forced)]).toEqual([false, 'person_protected']);
    expect((await product.services.people.get(person.id))?.activation).toBeUndefined();
  }
});

test('A-507 people are found by what is exact alone, and by each clerk only so often', async () => {
  const { agent, page, clerk } = await atDesk();
  const form = tokenIn(page);
  const known = await register(
    product,
    agent,
    page,
    citizen({ 'family-name': 'Van den Broeck', birthdate: '1931-12-24' }),
  );
  const email = (await stored(known))?.email?.address ?? '';
  const find = (fields: Readonly<Record<string, string>>) =>
    agent.post(desk('/find'), { form, action: 'find', ...fields }, { from: page.url });
  for (const fields of [
    { who: email.slice(1) },
    { who: '@example.org' },
    { who: '%' },
    { who: 'desiree-*@example.org' },
    { 'family-name': 'Van den', birthdate: '1931-12-24' },
    { 'family-name': 'Van den Broeck', birthdate: '1931' },
    { 'family-name': '*', birthdate: '1931-12-24' },
  ])
    expect([fields, stepOf(await find(fields))]).toEqual([fields, 'desk-find']);
  for (const fields of [{ 'family-name': 'Van den Broeck' }, { birthdate: '1931-12-24' }, { who: 'x'.repeat(255) }])
    expect([fields, reasonOf(await find(fields))]).toEqual([fields, 'input_invalid']);
  expect(reasonOf(await find({ who: ' ' }))).toBe('field_empty');
  for (const fields of [{ who: email.toUpperCase() }, { 'family-name': ' van den BROECK', birthdate: '1931-12-24' }])
    expect([fields, idIn(await find(fields))]).toEqual([fields, idIn(known)]);
  let searches = 0;
  for (; searches < 100; searches += 1)
    if (reasonOf(await find({ who: `nobody-${searches}` })) === 'lookups_paused') break;
  expect(searches).toBeLessThan(60);
  const looks: (string | undefined)[] = [];
  for (let look = 0; look < 5; look += 1) looks.push(reasonOf(await agent.get(known.url)));
  expect(looks.at(-1)).toBe('lookups_paused');
  // Another clerk goes on; this one does, an hour later.
  const other = await atDesk();
  expect(stepOf(await other.agent.get(known.url))).toBe('desk-person');
  await product.app.flush();
  const filter = { actor: clerk.person.id, action: 'person.looked-up' };
  const looked = await product.services.audit.list({ limit: 1000, filter });
  expect(looked.length).toBeGreaterThan(searches);
  expect(JSON.stringify(looked)).not.toContain(email);
});

test('A-502 the same person is registered once, also sixteen times at the same moment', async () => {
  const { agent, page } = await atDesk();
  const one = citizen({ birthdate: '1944-06-06' });
  const count = await product.services.people.count();
  const all = await Promise.all(Array.from({ length: 16 }, () => register(product, agent, page, one)));
  expect(all.filter((answer) => stepOf(answer) === 'desk-person')).toHaveLength(1);
  expect(all.filter((answer) => reasonOf(answer) === 'person_known')).toHaveLength(15);
  expect(await product.services.people.count()).toBe(count + 1);
  for (const other of [{ email: 'elsewhere@example.org' }, { birthdate: '' }])
    expect(reasonOf(await register(product, agent, page, { ...one, ...other }))).toBe('person_known');
});

test('A-501 what is mistyped is said at its field, and nothing is made', async () => {
  const { agent, page } = await atDesk();
  const count = await product.services.people.count();
  for (const [given, reason] of [
    [{ 'given-name': ' ' }, 'name_invalid'],
    [{ 'family-name': 'a\u0007b' }, 'name_invalid'],
    [{ 'family-name': 'x'.repeat(101) }, 'name_invalid'],
    [{ email: 'no address' }, 'address_invalid'],
    [{ email: 'a@b.example, c@d.example' }, 'address_invalid'],
    [{ birthdate: '1950-02-30' }, 'birthdate_invalid'],
    [{ birthdate: '2030-01-01' }, 'birthdate_invalid'],
    [{ birthdate: '0000-02-03' }, 'birthdate_invalid'],
    [{ own: 'xx' }, 'input_invalid'],
    [{ document: '' }, 'document_missing'],
  ] as const) {
    const answer = await register(product, agent, page, citizen(given));
    expect([given, stepOf(answer), reasonOf(answer)]).toEqual([given, 'desk-register', reason]);
  }
  expect(await product.services.people.count()).toBe(count);
  const kept = await register(product, agent, page, citizen({ document: '', email: 'typed@example.org' }));
  expect(kept.body).toContain('value="typed@example.org"');
});

test('A-503 a clerk of one desk sees what that desk issued, and not another', async () => {
  const two = await startProduct({ ...withDesk, sites: { desk: { groups: ['ghent', 'antwerp'] } } });
  try {
    const bodies: string[] = [];
    for (const group of ['ghent', 'antwerp']) {
      const clerk = await addClerk(two, { groups: [group] });
      const agent = new HttpAgent();
      const page = await enterDesk(two, agent, clerk);
      const person = await register(two, agent, page, citizen({ 'family-name': `Of ${group}` }));
      expect(isLetter(await askLetter(agent, person))).toBe(true);
      bodies.push((await agent.get(`${two.issuer}/desk/list`)).body);
    }
    expect(bodies.map((body) => [body.includes('Of ghent'), body.includes('Of antwerp')])).toEqual([
      [true, false],
      [false, true],
    ]);
  } finally {
    await two.close();
  }
});

test('what is no page of the desk is refused, and nobody’s name is on it', async () => {
  const { agent, page } = await atDesk();
  const form = tokenIn(page);
  for (const path of ['/nothing', '/list', '/person/none'])
    expect([path, (await agent.post(desk(path), { form, action: 'letter' }, { from: page.url })).status]).toEqual([
      path,
      404,
    ]);
  expect((await agent.get(desk('/person/none'))).status).toBe(404);
  expect(stepOf(await agent.get(desk('/list?page=-1')))).toBe('desk-list');
});
