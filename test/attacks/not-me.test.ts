// *This was not me* (A-513): what the code of a mail does, and what it cannot be misused for.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../harness/free-port.ts';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { overtaken } from '../harness/storage-wrappers.ts';
import { ask, clientOf, keysOf, minute, signedIn, told } from './action-visit.ts';
import {
  activateApp,
  begin,
  gotCode,
  mailedCode,
  personNow,
  proveMailbox,
  reasonOf,
  send,
  stepOf,
  toProof,
} from './visitor.ts';

let product: Product;
let rp: RelyingParty;
/** For the store of each node. */
let isAway = false;
const failing = async () => {
  if (isAway) throw new Error('the store is away');
};
beforeAll(async () => {
  const port = await freePort();
  const overrides = {
    listen: { host: '127.0.0.1', port, proxy: true },
    factors: {
      'email-otp': {},
      'authenticator-app': {},
      'token-card': { settings: { count: 8, warnAt: 2, reuse: 'reusable' } },
    },
    limits: { pauseAfter: 20, sendEverySeconds: 1, sendPerHour: 100, sendPerDay: 100, wrongFromNetworkPerHour: 10 },
    helpDesk: { telephone: '02 555 01 00', reports: 'desk@example.org' },
    clients: [clientOf('rp', { actions: ['add-key', 'change-email', 'change-password'], refresh: true })],
  };
  product = await startProduct(overrides, { port, around: (storage) => overtaken(storage, 'findBy', failing) });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());
const asker = () => ({ product, rp });
const inMail = /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/;
const codeTo = async (to: string): Promise<string> => inMail.exec((await product.mailTo(to, inMail)).text)?.[0] ?? '';
async function somebody(): Promise<NewPerson> {
  const an = await product.addPerson({ keys: ['token-card', 'email-otp'] });
  product.clock.advance(minute);
  return an;
}

async function report(code: string, agent = new HttpAgent(), headers: Readonly<Record<string, string>> = {}) {
  const url = `${product.issuer}/not-me`;
  await agent.get(url);
  return agent.post(url, { code, action: 'report' }, { from: url, headers });
}
const modeOf = ({ body }: { readonly body: string }) => /<main[^>]* data-mode="(\w+)"/.exec(body)?.[1];

/** A new app, and the code of the mail about it. */
async function addApp(an: NewPerson): Promise<{ readonly code: string; readonly agent: HttpAgent }> {
  const agent = await signedIn(asker(), an);
  const visit = await ask(asker(), agent, 'add-key');
  await proveMailbox(product, visit, an);
  await activateApp(product, visit);
  await send(visit, 'done', { action: 'continue' });
  return { code: await codeTo(an.email), agent };
}

test('C3 A-513 the key that was added is off, everybody is signed out, both are told; the code counts once', async () => {
  const an = await somebody();
  const { code, agent } = await addApp(an);
  expect(await keysOf(product, an)).toContain('authenticator-app active');
  const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')} `;
  expect(modeOf(await report(typed))).toBe('done');
  expect(await keysOf(product, an)).toEqual(['token-card active', 'email-otp active', 'authenticator-app off']);
  await product.mailTo(an.email, /tegengehouden/);
  await product.app.flush();
  const again = await begin(rp, { agent });
  expect([gotCode(again.page), stepOf(again.page)]).toEqual([false, 'choose-key']);
  expect(product.logs.some((line) => line.includes('change.reported') && line.includes(an.person.id))).toBe(true);
  expect(product.logs.some((line) => line.includes(code))).toBe(false);
  const used = await report(code);
  expect([modeOf(used), reasonOf(used)]).toEqual(['ask', 'report_unknown']);
  // The owner signs in as before.
  expect(stepOf(await toProof(await begin(rp), an, 'token-card'))).toBe('prove-key');
});

test('C3 A-513 an address that was set counts no more, and opens nothing; the former one is told, and can be put back', async () => {
  const an = await somebody();
  const visit = await ask(asker(), await signedIn(asker(), an), 'change-email');
  const to = `thief-${an.email}`;
  await send(visit, 'confirm-email', { action: 'continue', email: to });
  expect(
    told(await send(visit, 'confirm-email', { action: 'continue', code: await mailedCode(product, to) })),
  ).toBeDefined();
  const [old, fresh] = [await codeTo(an.email), await codeTo(to)];
  expect(old).toBe(fresh);
  expect(modeOf(await report(old))).toBe('done');
  const person = await personNow(product, an);
  expect(person.email).toEqual({ address: to });
  expect(await keysOf(product, an)).toEqual(['token-card active', 'email-otp off']);
  expect(person.formerEmails?.map(({ address }) => address)).toEqual([an.email]);
  await product.mailTo(an.email, /tegengehouden/);
  await product.mailTo(to, /tegengehouden/);
});

test('A-513 it takes away only what came with the change and after it, and lowers no proof', async () => {
  const an = await somebody();
  const { code } = await addApp(an);
  product.clock.advance(minute);
  const before = await personNow(product, an);
  await report(code);
  const after = await personNow(product, an);
  expect(after.password).toEqual(before.password);
  expect(after.email).toEqual(before.email);
  // The key that is off still raises the bar: the weak card binds no stronger key that it could not bind before.
  const app = after.keys.find(({ factor }) => factor === 'authenticator-app');
  expect([app?.status, app?.offBecause, app?.sealed]).toEqual(['off', 'removed', undefined]);
});

test('A-513 an unknown, malformed or old code, and one of another site, change nothing, with one answer', async () => {
  const an = await somebody();
  const { code } = await addApp(an);
  const held = await keysOf(product, an);
  const answers = [];
  for (const wrong of ['0000-0000-0000-0000', 'nothing', `${code}A`]) answers.push(await report(wrong));
  expect(new Set(answers.map((page) => `${page.status} ${stepOf(page)} ${reasonOf(page)}`))).toEqual(
    new Set(['200 not-me report_unknown']),
  );
  const foreign = await report(code, new HttpAgent(), { 'sec-fetch-site': 'cross-site' });
  expect(foreign.status).toBe(403);
  // A mail scanner that opens the address does nothing.
  for (const path of [`/not-me?code=${code}`, `/not-me?code=${code}&action=report`])
    expect(modeOf(await new HttpAgent().get(`${product.issuer}${path}`))).toBe('ask');
  expect(await keysOf(product, an)).toEqual(held);
  product.clock.advance(7 * 24 * 60 * minute);
  expect(reasonOf(await report(code))).toBe('report_unknown');
  expect(await keysOf(product, an)).toEqual(held);
});

test('A-513 one network tries few codes; others go on', async () => {
  const an = await somebody();
  const { code } = await addApp(an);
  const there = { 'x-forwarded-for': '203.0.113.7' };
  const reasons = [];
  for (let guess = 0; guess < 11; guess += 1)
    reasons.push(reasonOf(await report(`0000-0000-0000-00${10 + guess}`, new HttpAgent(), there)));
  expect(new Set(reasons.slice(0, 10))).toEqual(new Set(['report_unknown']));
  expect(reasons[10]).toBe('attempts_paused');
  expect(reasonOf(await report(code, new HttpAgent(), there))).toBe('attempts_paused');
  expect(modeOf(await report(code, new HttpAgent(), { 'x-forwarded-for': '203.0.113.8' }))).toBe('done');
});

test('A-513 sixteen at once do it once', async () => {
  const an = await somebody();
  const { code } = await addApp(an);
  const modes = await Promise.all(Array.from({ length: 16 }, async () => modeOf(await report(code))));
  expect(modes.filter((mode) => mode === 'done')).toHaveLength(1);
  expect((await personNow(product, an)).sessionsEnded).toBe(1);
});

test('A-557 C4 after a change of address the old one is told of a key too, with the code that stops it', async () => {
  const an = await somebody();
  const agent = await signedIn(asker(), an);
  const visit = await ask(asker(), agent, 'change-email');
  const to = `new-${an.email}`;
  await send(visit, 'confirm-email', { action: 'continue', email: to });
  await send(visit, 'confirm-email', { action: 'continue', code: await mailedCode(product, to) });
  const further = await ask(asker(), agent, 'add-key');
  await proveMailbox(product, further, { ...an, email: to });
  await activateApp(product, further);
  await send(further, 'done', { action: 'continue' });
  await product.app.flush();
  const aboutKey = product.mails.filter(
    ({ to: address, subject }) => [an.email, to].includes(address) && subject.startsWith('Uw nieuwe digitale sleutel'),
  );
  expect(aboutKey.map(({ to: address }) => address).toSorted()).toEqual([an.email, to].toSorted());
  const codes = new Set(aboutKey.map(({ text }) => inMail.exec(text)?.[0]));
  expect(codes.size).toBe(1);
  expect(modeOf(await report([...codes][0] ?? ''))).toBe('done');
  expect(await keysOf(product, an)).toContain('authenticator-app off');
});

test('A-558 the help desk is told of a report at once, in the language of the deployment, once, and without the code', async () => {
  const an = await somebody();
  const { code } = await addApp(an);
  await report(code);
  await report(code);
  await product.app.flush();
  const told = product.mails.filter(({ to, text }) => to === 'desk@example.org' && text.includes(an.username));
  expect(told).toHaveLength(1);
  expect(told[0]?.text).toContain('change.reported');
  expect(told[0]?.text).not.toContain(code);
  expect(told[0]?.text).not.toContain(an.email);
});

test('A-513 a store that fails is no guess: the code is taken afterwards', async () => {
  const an = await somebody();
  const { code } = await addApp(an);
  const headers = { 'x-forwarded-for': '203.0.113.77' };
  isAway = true;
  try {
    for (let one = 0; one < 14; one += 1)
      expect((await report('0123-4567-89AB-CDEF', new HttpAgent(), headers)).status).toBe(500);
  } finally {
    isAway = false;
  }
  expect(modeOf(await report(code, new HttpAgent(), headers))).toBe('done');
});
