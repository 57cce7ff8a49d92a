/** What an activation ends and what it may not become: other people, names in use, keys that are not on offer, disabled accounts. */
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
  [{ username: '', password, again: password }, 'field_empty'],
  [{ username: 'a\u202eb', password, again: password }, 'input_invalid'],
  [{ username: 'x'.repeat(101), password, again: password }, 'input_invalid'],
  [{ username: 'ok.name', password: '', again: '' }, 'field_empty'],
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
