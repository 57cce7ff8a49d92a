// B12-01: after many sign-ins, secrets are found only where they were given to the person.
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import * as oidc from 'openid-client';
import { HttpAgent, type Going, type Page } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  appCode,
  begin,
  cardCode,
  everyStep,
  giveCode,
  givePassword,
  going,
  mailedCode,
  send,
  signIn,
  stepOf,
  toProof,
  wrongCode,
  type Visit,
  shownSecret,
} from './visitor.ts';

/** A browser that records every page and every address. */
class Recorder extends HttpAgent {
  readonly pages: Page[] = [];
  override async get(url: string | URL, options: Going = {}): Promise<Page> {
    return this.#keep(await super.get(url, options));
  }
  override async post(url: string | URL, body: NonNullable<Going['body']>, options: Going = {}): Promise<Page> {
    return this.#keep(await super.post(url, body, options));
  }
  #keep(page: Page): Page {
    this.pages.push(page);
    return page;
  }
}

const passwords = ['Korenbloem-en-klaproos-71', 'Vlinder/struik?2024&geheim'] as const;
let product: Product;
let rp: RelyingParty;
const agent = new Recorder();
const secrets = new Map<string, string>();
/** The pages that show a secret of the app. */
let handedOver: Page[] = [];
const visit = async (): Promise<Visit> => begin(rp, { agent, prompt: 'login' });

beforeAll(async () => {
  product = await startProduct({
    ...going(),
    limits: { pauseAfter: 20, sendEverySeconds: 1, sendPerHour: 100, sendPerDay: 100 },
  });
  rp = await relyingParty(product.issuer, product.client);
  secrets.set('root key', (await readFile(join(product.services.settings.state, 'root.key'), 'utf8')).trim());

  const an = await product.addPerson({ password: passwords[0], keys: ['token-card', 'email-otp'] });
  for (const [position, code] of Object.entries(an.card)) secrets.set(`card code ${position}`, code);
  secrets.set('password', passwords[0]);
  secrets.set('wrong password', 'nearly-Korenbloem-en-klaproos');

  // Signs in by card and by mail, with mistakes.
  await signIn(product, await visit(), an, 'token-card');
  const byMail = await visit();
  await toProof(byMail, { ...an, password: 'nearly-Korenbloem-en-klaproos' }, 'email-otp');
  let before = product.mails.length;
  await givePassword(byMail, an);
  secrets.set('first mailed code', await mailedCode(product, an.email, before));
  await giveCode(byMail, wrongCode(product, an));
  product.clock.advance(2_000);
  before = product.mails.length;
  await send(byMail, 'prove-key', { action: 'resend' });
  secrets.set('second mailed code', await mailedCode(product, an.email, before));
  const end = await giveCode(byMail, secrets.get('second mailed code') ?? '');
  const tokens = await rp.finish(byMail.pending, end.left as URL);
  secrets.set('authorization code', end.left?.searchParams.get('code') ?? '');
  secrets.set('access token', tokens.access_token);
  secrets.set('refresh token', tokens.refresh_token ?? '');
  const refreshed = await oidc.refreshTokenGrant(rp.configuration, tokens.refresh_token ?? '');
  secrets.set('second refresh token', refreshed.refresh_token ?? '');

  // Moves to the app, with another address on the way; and a second person to the mail.
  const bo = await product.addPerson({ password: passwords[1] });
  secrets.set('other password', passwords[1]);
  for (const [position, code] of Object.entries(bo.card)) secrets.set(`other card code ${position}`, code);
  const moving = await visit();
  await send(moving, 'choose-key', { key: 'token-card' });
  await send(moving, 'phase-out', { action: 'migrate' });
  await giveCode(moving, cardCode(bo, await givePassword(moving, bo)));
  await send(moving, 'confirm-email', { action: 'change' });
  before = product.mails.length;
  await send(moving, 'confirm-email', { action: 'continue', email: 'bo@example.net' });
  secrets.set('code for an address', await mailedCode(product, 'bo@example.net', before));
  await send(moving, 'confirm-email', { action: 'continue', code: secrets.get('code for an address') ?? '' });
  await send(moving, 'confirm-email', { action: 'continue' });
  const shown = await send(moving, 'select-key', { key: 'authenticator-app' });
  handedOver = [shown];
  const secret = shownSecret(shown).replaceAll(' ', '');
  secrets.set('secret of the app', secret);
  handedOver.push(await send(moving, 'activate-key', { action: 'continue', code: wrongCode(product, bo) }));
  secrets.set('code of the app', appCode(secret, product.clock.now()));
  await send(moving, 'activate-key', { action: 'continue', code: secrets.get('code of the app') ?? '' });
  await send(moving, 'done', { action: 'continue' });

  // A sign-in that is left half-way, with everything still in its record.
  const left = await visit();
  const cy = await product.addPerson({ password: passwords[0] });
  await send(left, 'choose-key', { key: 'token-card' });
  await send(left, 'phase-out', { action: 'migrate' });
  await giveCode(left, cardCode(cy, await givePassword(left, cy)));
  await send(left, 'confirm-email', { action: 'continue' });
  const halfway = await send(left, 'select-key', { key: 'authenticator-app' });
  handedOver.push(halfway);
  secrets.set('secret of an app not yet activated', shownSecret(halfway).replaceAll(' ', ''));
  await product.app.flush();
});
afterAll(() => product.close());

/** As it is, in fours as it is shown, as bytes, encoded for addresses and forms. */
function writings(secret: string): readonly string[] {
  return [
    secret,
    ...(secret.length > 12
      ? [Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex')]
      : []),
    encodeURIComponent(secret),
    ...(/^[A-Z2-7]{32}$/.test(secret) ? [secret.match(/.{4}/g)?.join(' ') ?? secret] : []),
  ];
}
/** Short digits must be separate: within longer ones they are chance. */
const holds = (text: string, secret: string): boolean =>
  /^\d+$/.test(secret)
    ? new RegExp(`(?<![\\dA-Za-z_-])${secret}(?![\\dA-Za-z_-])`).test(text)
    : writings(secret).some((writing) => text.includes(writing));
const found = (text: string, among: Iterable<readonly [string, string]>) =>
  [...among].filter(([, secret]) => holds(text, secret)).map(([name]) => name);

test('the run was complete, and the search would find a secret', () => {
  expect(new Set(agent.pages.map(stepOf))).toEqual(
    new Set([...everyStep.filter((step) => step !== 'refused' && step !== 'select-account'), 'onward', undefined]),
  );
  for (const [name, secret] of secrets) expect([name, secret.length >= 6]).toEqual([name, true]);
  for (const [name, secret] of secrets) {
    expect([name, holds(`{"x":"${secret}"}`, secret)]).toEqual([name, true]);
  }
  expect(found(handedOver[0]?.body ?? '', secrets)).toEqual(['secret of the app']);
});

test('A-023, A-033: no page shows one, except the page with the app’s own', () => {
  for (const page of agent.pages) {
    const known = [...secrets].filter(
      ([name]) =>
        !(name.startsWith('secret of') && stepOf(page) === 'activate-key') &&
        !(name === 'authorization code' && page.left !== undefined),
    );
    expect([page.url, found(page.body + JSON.stringify({ ...page.headers, location: undefined }), known)]).toEqual([
      page.url,
      [],
    ]);
  }
});

test('no address has one, except the relying party’s with its code', () => {
  const addresses = agent.pages.flatMap(({ url, trail, left }) => [url, ...trail, left?.href ?? '']);
  for (const address of addresses) {
    const own = address.startsWith('https://rp.example/')
      ? [...secrets].filter(([name]) => name !== 'authorization code')
      : secrets;
    expect([address, found(address, own)]).toEqual([address, []]);
  }
});

describe('A-014: nor does anything stored', () => {
  test('no line of the log', () => {
    expect(product.logs.length).toBeGreaterThan(10);
    for (const line of product.logs) expect([line, found(line, secrets)]).toEqual([line, []]);
    // Nor whole addresses of people.
    expect(product.logs.join('')).not.toMatch(/[\w.-]+@example\.(org|net)/);
  });

  test('no line of the audit trail, nor an address in full', async () => {
    const lines = await product.services.audit.list({ limit: 1000 });
    expect(lines.length).toBeGreaterThan(10);
    expect(found(JSON.stringify(lines), secrets)).toEqual([]);
    expect(JSON.stringify(lines)).not.toMatch(/[\w.-]{2,}@example\.(org|net)/);
  });

  /** Everything in the store: the files of the embedded store, or all documents of the MongoDB database. */
  const kept = async (): Promise<string> => {
    const { embedded: { file = '' } = {}, mongodb } = product.services.settings.storage;
    if (mongodb) {
      await using client = new MongoClient(mongodb.uri);
      const collections = await client.db().collections();
      expect(collections.length).toBeGreaterThan(5);
      return JSON.stringify(await Promise.all(collections.map((one) => one.find().toArray())));
    }
    const names = (await readdir(dirname(file))).filter((name) => name.startsWith(file.split('/').at(-1) ?? '?'));
    expect(names.length).toBeGreaterThan(1);
    const bytes = await Promise.all(names.map((name) => readFile(join(dirname(file), name), 'latin1')));
    return bytes.join('\n');
  };

  test('no byte of the store and its journal', async () => {
    const all = await kept();
    expect(all).toContain('bo@example.net');
    expect(found(all, secrets)).toEqual([]);
    const key = Buffer.from(secrets.get('root key') ?? '', 'base64').toString('latin1');
    expect(all.includes(key)).toBe(false);
  });

  test('no mail but its own, and none in a subject where others look over a shoulder', () => {
    const codes = [...secrets].filter(([name]) => name.includes('code'));
    for (const mail of product.mails) {
      const inside = found(mail.text, secrets);
      expect([
        mail.subject,
        inside.length <= 1 && inside.every((name) => /mailed code|for an address/.test(name)),
      ]).toEqual([mail.subject, true]);
      expect([mail.subject, found(mail.subject, codes)]).toEqual([mail.subject, []]);
    }
  });
});
