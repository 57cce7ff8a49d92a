// What *My digital keys* says of keys, and what it lets a person do with them: keys that are over, proofs that are old.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { removeKey } from '../../admin/use-cases/key-remove.ts';
import { ask, clientOf, keysOf, minute, signedIn, succeeded, told } from './action-visit.ts';
import { enter, keysIn, press } from './site-visit.ts';
import {
  appCode,
  cardCode,
  giveCode,
  givePassword,
  look,
  mailedCode,
  personNow,
  proveMailbox,
  reasonOf,
  send,
  stepOf,
} from './visitor.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    sites: { selfService: true },
    factors: {
      'email-otp': {},
      'authenticator-app': { recommended: true },
      'token-card': { settings: { count: 8, warnAt: 2, reuse: 'single-use' } },
    },
    limits: { pauseAfter: 20, sendEverySeconds: 1, sendPerHour: 100, sendPerDay: 100 },
    clients: [clientOf('rp', { actions: ['add-key', 'change-email', 'remove-key'] })],
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());
const asker = () => ({ product, rp });
const idOf = async (an: NewPerson, factor: string) =>
  (await personNow(product, an)).keys.find((key) => key.factor === factor)?.id ?? '';

/** A card of which every code is used. */
async function useUp(an: NewPerson): Promise<void> {
  const { registry, sealing, people, toolsFor } = product.services;
  const factor = registry.get('token-card');
  if (!factor?.transfer) throw new Error('There are no cards.');
  const tools = toolsFor(factor);
  const loaded = await factor.transfer.load(tools, {
    serial: '123450240',
    codes: Object.fromEntries(Array.from({ length: 8 }, (_, at) => [at + 1, `10000${at}`])),
    spent: [1, 2, 3, 4, 5, 6, 7, 8],
  });
  if (!loaded.ok) throw new Error(loaded.reason);
  await people.change(an.person.id, (person) => ({
    ...person,
    keys: person.keys.map((key) =>
      key.factor === 'token-card'
        ? { ...key, detail: '0240', sealed: sealing.sealKey(factor, person.id, key.id, loaded.value) }
        : key,
    ),
  }));
}

test('C2 A-510 a key that is used up does not count as one that works: the page says so, and the last one that works stays', async () => {
  const an = await product.addPerson({ keys: ['token-card', 'authenticator-app'], language: 'en' });
  await useUp(an);
  const agent = new HttpAgent({ language: 'en' });
  const page = await enter(product, agent, an);
  expect(page.body).toContain('This key is used up');
  expect(page.body).toContain('card … 0240');
  expect(page.body).toContain('You have one key. If you lose it, you cannot sign in.');
  const app = await idOf(an, 'authenticator-app');
  const refused = await press(agent, page, { action: 'remove-key', id: app });
  expect([stepOf(refused), reasonOf(refused)]).toEqual(['refused', 'key_last']);
  const outcome = await removeKey(product.services, { person: an.username, key: app, by: 'cli:test' });
  expect(outcome).toMatchObject({ ok: false, refusals: [{ code: 'key_last' }] });
  expect(await keysOf(product, an)).toEqual(['token-card active', 'authenticator-app active']);
  // The one that is over may go.
  const card = await press(agent, await agent.get(page.url), {
    action: 'remove-key',
    id: await idOf(an, 'token-card'),
  });
  expect(stepOf(card)).toBe('remove-key');
});

test('C2 A-512 the page says when and on what kind of device a key was used last; more is not kept', async () => {
  const an = await product.addPerson({ keys: ['authenticator-app', 'email-otp'], language: 'en' });
  const phone = new HttpAgent({ language: 'en' });
  const said = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36';
  const get = phone.get.bind(phone);
  const post = phone.post.bind(phone);
  const headers = { 'user-agent': said };
  Object.assign(phone, {
    get: (url: string, going = {}) => get(url, { ...going, headers }),
    post: (url: string, body: Record<string, string>, going = {}) => post(url, body, { ...going, headers }),
  });
  const page = await enter(product, phone, an);
  expect(page.body).toMatch(/Last used on [^<]*, on a phone\./);
  expect(keysIn(page)).toHaveLength(2);
  expect(page.body).not.toContain('You have one key');
  expect(JSON.stringify(await personNow(product, an))).not.toContain('Android');
});

test('A-511 a new key is bound by a proof of at most five minutes: an older one is given again, and what was begun goes on', async () => {
  const an = await product.addPerson({ keys: ['token-card', 'email-otp'] });
  const visit = await ask(asker(), await signedIn(asker(), an), 'add-key');
  await proveMailbox(product, visit, an);
  const page = await send(visit, 'select-key', { key: 'authenticator-app' });
  const secret = /<code[^>]*>([A-Z2-7 ]+)<\/code>/.exec(page.body)?.[1] ?? '';
  product.clock.advance(5 * minute + 1);
  const code = () => appCode(secret, product.clock.now());
  const again = await send(visit, 'activate-key', { action: 'continue', code: code() });
  expect([stepOf(again), reasonOf(again)]).toEqual(['password', 'proof_too_old']);
  expect(await keysOf(product, an)).toEqual(['token-card active', 'email-otp active']);
  const asked = await givePassword(visit, an);
  const back = await giveCode(visit, cardCode(an, asked));
  // The same app, which need not be set up anew.
  expect([stepOf(back), back.body.includes(secret)]).toEqual(['activate-key', true]);
  await send(visit, 'activate-key', { action: 'continue', code: code() });
  expect(told(await send(visit, 'done', { action: 'continue' }))).toEqual(succeeded);
  expect(await keysOf(product, an)).toContain('authenticator-app active');
});

test('A-511 what was begun by one person goes on for nobody else', async () => {
  const [an, eve] = [
    await product.addPerson({ keys: ['token-card', 'email-otp'] }),
    await product.addPerson({ keys: ['token-card', 'email-otp'] }),
  ];
  const visit = await ask(asker(), new HttpAgent(), 'add-key');
  await givePassword(visit, an);
  const card = await send(visit, 'choose-key', { key: 'token-card' });
  await giveCode(visit, cardCode(an, card));
  await proveMailbox(product, visit, an);
  await send(visit, 'select-key', { key: 'authenticator-app' });
  product.clock.advance(5 * minute + 1);
  await send(visit, 'activate-key', { action: 'continue', code: '123456' });
  const asked = await givePassword(visit, eve);
  const page = await giveCode(visit, cardCode(eve, asked));
  expect(stepOf(page)).toBe('confirm-email');
  await proveMailbox(product, visit, eve);
  expect(stepOf(await look(visit))).toBe('select-key');
  expect(await keysOf(product, eve)).toEqual(['token-card active', 'email-otp active']);
});

test('A-511 a new address counts by a proof of at most five minutes, also where its code came in time', async () => {
  const an = await product.addPerson({ keys: ['token-card', 'email-otp'] });
  const visit = await ask(asker(), await signedIn(asker(), an), 'change-email');
  product.clock.advance(4 * minute);
  const to = `new-${an.email}`;
  await send(visit, 'confirm-email', { action: 'continue', email: to });
  const code = await mailedCode(product, to);
  product.clock.advance(2 * minute);
  const page = await send(visit, 'confirm-email', { action: 'continue', code });
  expect([stepOf(page), reasonOf(page)]).toEqual(['password', 'proof_too_old']);
  expect((await personNow(product, an)).email?.address).toBe(an.email);
  const asked = await givePassword(visit, an);
  await giveCode(visit, cardCode(an, asked));
  expect(told(await send(visit, 'confirm-email', { action: 'continue', code }))).toEqual(succeeded);
  expect((await personNow(product, an)).email?.address).toBe(to);
});

test('A-694 with twenty apps no further one is offered, nor taken; what was begun before is not bound', async () => {
  const an = await product.addPerson({ keys: ['token-card', 'authenticator-app'] });
  product.clock.advance(minute);
  const agent = await signedIn(asker(), an);
  const grow = (count: number) =>
    product.services.people.change(an.person.id, (person) => {
      const [app] = person.keys.filter(({ factor }) => factor === 'authenticator-app');
      const others = person.keys.filter(({ factor }) => factor !== 'authenticator-app');
      const more = Array.from({ length: count - 1 }, (_, at) => app && { ...app, id: `app-${at}` });
      return { ...person, keys: [...others, ...more.flatMap((one) => one ?? []), ...(app ? [app] : [])] };
    });
  await grow(19);
  const visit = await ask(asker(), agent, 'add-key');
  await proveMailbox(product, visit, an);
  const offer = (await look(visit)).body;
  expect(offer).toContain('value="authenticator-app"');
  const page = await send(visit, 'select-key', { key: 'authenticator-app' });
  const secret = /<code[^>]*>([A-Z2-7 ]+)<\/code>/.exec(page.body)?.[1] ?? '';
  await grow(20);
  expect((await look(visit)).body).not.toContain('value="authenticator-app"');
  expect(reasonOf(await send(visit, 'select-key', { key: 'authenticator-app' }))).toBe('choice_unknown');
  const code = appCode(secret, product.clock.now());
  expect(stepOf(await send(visit, 'activate-key', { action: 'continue', code }))).toBe('refused');
  const held = (await personNow(product, an)).keys.filter(({ factor }) => factor === 'authenticator-app');
  expect(held).toHaveLength(20);
});
