/** Attacks on removing and replacing keys by an action of an application, and that it works for the person. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { type NewPerson, type Product } from '../harness/product.ts';
import { type RelyingParty } from '../harness/relying-party.ts';
import { ask, cancelled, clientOf, keysOf, minute, signedIn, succeeded, told, startAsked } from './action-visit.ts';
import {
  appCode,
  begin,
  factorOf,
  giveCode,
  givePassword,
  gotCode,
  look,
  personNow,
  reasonOf,
  rightCode,
  send,
  signIn,
  stepOf,
  activateApp,
} from './visitor.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  ({ product, rp } = await startAsked(
    { actions: ['remove-key', 'replace-key'] },
    { clients: [clientOf('mail', { accepts: ['email-otp'] })] },
  ));
});
afterAll(() => product.close());

const asker = () => ({ product, rp });
const idOf = async (an: NewPerson, factor: string) =>
  (await personNow(product, an)).keys.find((key) => key.factor === factor)?.id ?? '';
const both = { keys: ['token-card', 'authenticator-app'] } as const;

describe('A-421 remove-key', () => {
  test('asks once more, removes the key, tells the person, and goes on with the key that was proved', async () => {
    const an = await product.addPerson(both);
    const agent = await signedIn(asker(), an, 'authenticator-app');
    const visit = await ask(asker(), agent, `remove-key:${await idOf(an, 'token-card')}`);
    expect([stepOf(visit.page), factorOf(visit.page)]).toEqual(['remove-key', 'token-card']);
    expect(told(await send(visit, 'remove-key', { action: 'remove' }))).toEqual(succeeded);
    expect(await keysOf(product, an)).toEqual(['token-card off', 'authenticator-app active']);
    await product.mailTo(an.email, /uitgeschakeld/);
  });

  test('is given up: nothing is changed', async () => {
    const an = await product.addPerson(both);
    const agent = await signedIn(asker(), an, 'authenticator-app');
    const visit = await ask(asker(), agent, `remove-key:${await idOf(an, 'token-card')}`);
    expect(told(await send(visit, 'remove-key', { action: 'cancel' }))).toEqual(cancelled);
    expect(await keysOf(product, an)).toEqual(['token-card active', 'authenticator-app active']);
  });

  test('of the key that was proved: the sign-in then asks for another one', async () => {
    const an = await product.addPerson(both);
    const agent = await signedIn(asker(), an, 'authenticator-app');
    const visit = await ask(asker(), agent, `remove-key:${await idOf(an, 'authenticator-app')}`);
    const page = await send(visit, 'remove-key', { action: 'remove' });
    expect(stepOf(page)).toBe('choose-key');
    expect(await keysOf(product, an)).toEqual(['token-card active', 'authenticator-app off']);
    const asked = await send(visit, 'choose-key', { key: 'token-card' });
    expect(told(await giveCode(visit, await rightCode(product, an, asked)))).toEqual(succeeded);
  });

  test('refuses the last key with which the person gets in somewhere (A-058)', async () => {
    const an = await product.addPerson({ keys: ['token-card'] });
    const one = await ask(asker(), await signedIn(asker(), an), `remove-key:${await idOf(an, 'token-card')}`);
    expect([stepOf(one.page), reasonOf(one.page)]).toEqual(['refused', 'key_last']);
    // The card is enough here, but not at the other relying party.
    const jo = await product.addPerson({ keys: ['token-card', 'email-otp'] });
    const two = await ask(asker(), await signedIn(asker(), jo), `remove-key:${await idOf(jo, 'email-otp')}`);
    expect(reasonOf(two.page)).toBe('key_last');
    for (const visit of [one, two]) {
      expect(reasonOf(await send(visit, 'remove-key', { action: 'remove' }))).toBe('key_last');
      expect(told(await send(visit, 'refused', { action: 'cancel' }))).toEqual({
        error: 'access_denied',
        status: 'refused',
      });
    }
    expect(await keysOf(product, jo)).toEqual(['token-card active', 'email-otp active']);
  });

  test('in two tabs at once leaves one of two keys', async () => {
    const an = await product.addPerson(both);
    const agent = await signedIn(asker(), an, 'authenticator-app');
    const visits = [];
    for (const factor of both.keys) visits.push(await ask(asker(), agent, `remove-key:${await idOf(an, factor)}`));
    await Promise.all(visits.map((visit) => send(visit, 'remove-key', { action: 'remove' })));
    const keys = await keysOf(product, an);
    expect(keys.filter((key) => key.endsWith('active'))).toHaveLength(1);
  });

  test.each([
    ["somebody else's key", async () => idOf(await product.addPerson(), 'token-card')],
    ['a key that never was', async () => 'AAAAAAAAAAAAAAAAAAAAAA'],
  ])('refuses %s in the same words', async (_name, id) => {
    const an = await product.addPerson(both);
    const agent = await signedIn(asker(), an, 'authenticator-app');
    const { page } = await ask(asker(), agent, `remove-key:${await id()}`);
    expect([stepOf(page), reasonOf(page)]).toEqual(['refused', 'key_unknown']);
  });

  test.each(['remove-key', 'remove-key:', 'remove-key:a b', `remove-key:${'a'.repeat(129)}`, 'add-key:abc'])(
    'refuses the request %j',
    async (action) => {
      const { page } = await begin(rp, { rekey_action: action });
      expect(told(page)).toEqual({ error: 'invalid_request', status: null });
    },
  );

  test('takes a proof as strong as the key: a copied card removes no app (B4-03)', async () => {
    const an = await product.addPerson(both);
    const visit = await ask(asker(), await signedIn(asker(), an), `remove-key:${await idOf(an, 'authenticator-app')}`);
    expect([stepOf(visit.page), reasonOf(visit.page)]).toEqual(['refused', 'stronger_proof_needed']);
    expect(reasonOf(await send(visit, 'remove-key', { action: 'remove' }))).toBe('stronger_proof_needed');
    expect(await keysOf(product, an)).toEqual(['token-card active', 'authenticator-app active']);
    // With the app it continues; without a session the app is the key that is asked for.
    await send(visit, 'refused', { action: 'other-key' });
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    product.clock.advance(minute);
    expect(stepOf(await giveCode(visit, appCode(an.totp, product.clock.now())))).toBe('remove-key');
    const fresh = await ask(asker(), new HttpAgent(), `remove-key:${await idOf(an, 'authenticator-app')}`);
    expect(factorOf(await givePassword(fresh, an))).toBe('authenticator-app');
  });

  test('takes a proof of at most five minutes at the press of the button (B4-04)', async () => {
    const an = await product.addPerson(both);
    const agent = await signedIn(asker(), an, 'authenticator-app');
    const visit = await ask(asker(), agent, `remove-key:${await idOf(an, 'token-card')}`);
    product.clock.advance(5 * minute + 1);
    expect(stepOf(await send(visit, 'remove-key', { action: 'remove' }))).toBe('password');
    expect(await keysOf(product, an)).toEqual(['token-card active', 'authenticator-app active']);
    const asked = await givePassword(visit, an);
    expect(stepOf(asked)).toBe('prove-key');
    expect(stepOf(await giveCode(visit, await rightCode(product, an, asked)))).toBe('remove-key');
  });

  test('asked by GET, from another site, or once more after the end, removes nothing (B4-16)', async () => {
    const an = await product.addPerson({ keys: ['token-card', 'authenticator-app', 'email-otp'] });
    const agent = await signedIn(asker(), an, 'authenticator-app');
    const visit = await ask(asker(), agent, `remove-key:${await idOf(an, 'token-card')}`);
    await agent.get(`${visit.base}/remove-key?action=remove`);
    const foreign = { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } };
    expect((await send(visit, 'remove-key', { action: 'remove' }, foreign)).status).toBe(403);
    expect(stepOf(await look(visit))).toBe('remove-key');
    expect(await keysOf(product, an)).not.toContain('token-card off');
    await send(visit, 'remove-key', { action: 'remove' });
    for (const times of [1, 2]) {
      const again = await send(visit, 'remove-key', { action: 'remove', times: `${times}` });
      expect(gotCode(again)).toBe(false);
    }
    expect(await keysOf(product, an)).toEqual(['token-card off', 'authenticator-app active', 'email-otp active']);
  });
});

describe('A-422 replace-key', () => {
  test('puts the old key off and one of the same kind on, in one write', async () => {
    const an = await product.addPerson(both);
    const agent = await signedIn(asker(), an, 'authenticator-app');
    const visit = await ask(asker(), agent, `replace-key:${await idOf(an, 'authenticator-app')}`);
    expect(stepOf(visit.page)).toBe('confirm-email');
    await send(visit, 'confirm-email', { action: 'continue' });
    expect(stepOf(await activateApp(product, visit))).toBe('done');
    expect(told(await send(visit, 'done', { action: 'continue' }))).toEqual(succeeded);
    expect(await keysOf(product, an)).toEqual([
      'token-card active',
      'authenticator-app off',
      'authenticator-app active',
    ]);
    // The old key no longer signs in.
    product.clock.advance(minute);
    const later = await begin(rp);
    expect(gotCode(await signIn(product, later, an, 'authenticator-app'))).toBe(false);
  });

  test('takes a proof as strong as the key that goes, also for a weak new one', async () => {
    const an = await product.addPerson(both);
    const visit = await ask(asker(), await signedIn(asker(), an), `replace-key:${await idOf(an, 'authenticator-app')}`);
    expect([stepOf(visit.page), reasonOf(visit.page)]).toEqual(['refused', 'stronger_proof_needed']);
    for (const step of ['confirm-email', 'select-key', 'activate-key'])
      await send(visit, step, { action: 'continue', key: 'email-otp' });
    expect(await keysOf(product, an)).toEqual(['token-card active', 'authenticator-app active']);
  });

  test('refuses a key of somebody else, and one that went off meanwhile', async () => {
    const an = await product.addPerson(both);
    const other = await idOf(await product.addPerson(), 'token-card');
    const agent = await signedIn(asker(), an, 'authenticator-app');
    expect(reasonOf((await ask(asker(), agent, `replace-key:${other}`)).page)).toBe('key_unknown');
    const card = await idOf(an, 'token-card');
    const visit = await ask(asker(), agent, `replace-key:${card}`);
    await send(visit, 'confirm-email', { action: 'continue' });
    await product.services.people.change(an.person.id, (person) =>
      product.services.enrolments.retire(person, card, 'removed', 'test', product.clock.now()),
    );
    const page = await send(visit, 'select-key', { key: 'email-otp' });
    const code = /\d{6}/.exec((await product.mailTo(an.email, /(?<!\d)\d{6}(?!\d)/)).text)?.[0] ?? '';
    expect(stepOf(page)).toBe('activate-key');
    expect(stepOf(await send(visit, 'activate-key', { action: 'continue', code }))).toBe('refused');
    expect(await keysOf(product, an)).toEqual(['token-card off', 'authenticator-app active']);
  });
});
