// Attacks by typed input: mail addresses, names, passwords.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  cardCode,
  countComparisons,
  giveCode,
  givePassword,
  going,
  mailedCode,
  personNow,
  reasonOf,
  send,
  staying,
  stepOf,
  toProof,
  type Visit,
} from './visitor.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 } };

let product: Product;
let rp: RelyingParty;
let migrating: Product;
let migratingRp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({ ...staying, ...rules }, { at: Date.now() });
  rp = await relyingParty(product.issuer, product.client);
  migrating = await startProduct({ ...going(), ...rules });
  migratingRp = await relyingParty(migrating.issuer, migrating.client);
});
afterAll(async () => {
  await product.close();
  await migrating.close();
});

async function toAddress(person: NewPerson): Promise<Visit> {
  const visit = await begin(migratingRp);
  await send(visit, 'choose-key', { key: 'token-card' });
  await send(visit, 'phase-out', { action: 'migrate' });
  await giveCode(visit, cardCode(person, await givePassword(visit, person)));
  await send(visit, 'confirm-email', { action: 'change' });
  return visit;
}

describe('B12-04 and B12-07: one address, and no second recipient', () => {
  const sentTo = async (before: number) => {
    await migrating.app.flush();
    return [...new Set(migrating.mails.slice(before).map(({ to }) => to))];
  };

  test.each<[string, string | readonly (readonly [string, string])[]]>([
    [
      'twice',
      [
        ['action', 'continue'],
        ['email', 'a@example.org'],
        ['email', 'b@example.org'],
      ],
    ],
    [
      'a list',
      [
        ['action', 'continue'],
        ['email[]', 'a@example.org'],
        ['email[]', 'b@example.org'],
      ],
    ],
    [
      'indexed',
      [
        ['action', 'continue'],
        ['email[0]', 'a@example.org'],
        ['email[1]', 'b@example.org'],
      ],
    ],
    [
      'an object',
      [
        ['action', 'continue'],
        ['email[to]', 'a@example.org'],
      ],
    ],
    ['encoded brackets', 'action=continue&email%5B%5D=a%40example.org&email%5B%5D=b%40example.org'],
  ])('%s: no form', async (_title, body) => {
    const visit = await toAddress(await migrating.addPerson());
    const before = migrating.mails.length;
    expect((await send(visit, 'confirm-email', body)).status).toBe(400);
    expect(await sentTo(before)).toEqual([]);
  });

  test.each([
    'a@example.org,b@example.org',
    'a@example.org;b@example.org',
    'a@example.org b@example.org',
    'a@example.org\nb@example.org',
    'a@example.org\r\nBcc: b@example.org',
    'a@example.org\r\nRCPT TO:<b@example.org>',
    'a@example.org%0d%0aBcc:b@example.org',
    'a@example.org\0b@example.org',
    '"a@example.org" <b@example.org>',
    'Name <a@example.org>',
    '<a@example.org>',
    'a(b@example.org)@example.org',
    '"b@example.org,"@example.org',
    'a@example.org>,<b@example.org',
    'a%b.example@example.org',
    'b.example!a@example.org',
    '@b.example:a@example.org',
    'a@[127.0.0.1]',
    'a@127.0.0.1',
    'a@localhost',
    'a@@example.org',
    'a@example.org@evil.example',
    'a@example。org,b@example.org',
    'a＠example.org',
    '=?utf-8?q?a?=@example.org\r\n',
    'a@exam ple.org',
    `a@${'x'.repeat(64)}.org`,
    `${'a'.repeat(65)}@example.org`,
    `a@${'x.'.repeat(300)}org`,
    '-oQ/tmp/x@example.org',
    '|sh@example.org',
    '`id`@example.org',
    '',
    '@',
    'a',
  ])('%j is no address', async (email) => {
    const an = await migrating.addPerson();
    const visit = await toAddress(an);
    const before = migrating.mails.length;
    const page = await send(visit, 'confirm-email', { action: 'continue', email });
    expect([stepOf(page) ?? page.status, page.left]).toEqual(['confirm-email', undefined]);
    expect(reasonOf(page)).toBe('address_invalid');
    expect(await sentTo(before)).toEqual([]);
  });

  test('an international domain has one spelling, and a look-alike is another address', async () => {
    const an = await migrating.addPerson();
    const visit = await toAddress(an);
    const before = migrating.mails.length;
    await send(visit, 'confirm-email', { action: 'continue', email: ' An@BÜCHER.example ' });
    expect(await sentTo(before)).toEqual(['An@xn--bcher-kva.example']);
    const code = await mailedCode(migrating, 'An@xn--bcher-kva.example', before);
    await send(visit, 'confirm-email', { action: 'continue', code });
    expect((await personNow(migrating, an)).email?.address).toBe('An@xn--bcher-kva.example');
  });
});

describe('B12-05: long names and passwords are compared whole', () => {
  test.each([51, 52, 53, 200, 320])('a name of %i characters, and longer and shorter ones', async (length) => {
    const username = `u${length}`.padEnd(length, 'x');
    const an = await product.addPerson({ username, email: 'long@example.org', keys: ['authenticator-app'] });
    const compared = countComparisons(product);
    for (const [name, password, reached] of [
      [username, 'not the password', 'password'],
      [`${username}x`, an.password, 'password'],
      [username.slice(0, -1), an.password, 'password'],
      [username, '', 'password'],
      [username, an.password, 'prove-key'],
    ] as const) {
      const visit = await begin(rp);
      expect([
        name.length,
        password,
        stepOf(await toProof(visit, { username: name, password }, 'authenticator-app')),
      ]).toEqual([name.length, password, reached]);
    }
    expect(compared.of(an.person.password?.hash)).toBe(2);
  });

  test('one of 2,000 characters is refused before anything is compared', async () => {
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    const page = await givePassword(visit, { username: 'x'.repeat(2000), password: 'p' });
    expect(page.status).toBe(400);
    const shorter = await givePassword(visit, { username: 'x'.repeat(321), password: 'p' });
    expect([stepOf(shorter), reasonOf(shorter)]).toEqual(['password', 'input_invalid']);
    for (const [username, password] of [
      [' ', 'p'],
      ['an', ''],
    ] as const)
      expect(reasonOf(await givePassword(visit, { username, password }))).toBe('field_empty');
  });

  test('A-002: passwords that share their first 72 bytes, 255 characters, or what is before a NUL', async () => {
    const secret = 'é'.repeat(36);
    for (const [password, likes] of [
      [`${secret}right`, [`${secret}wrong`, secret, `${secret}right2`]],
      ['p'.repeat(256), ['p'.repeat(255), 'p'.repeat(257), 'p'.repeat(512)]],
      ['before\0after', ['before', 'before\0', 'before\0other', 'beforeafter']],
    ] as const) {
      const an = await product.addPerson({ password, keys: ['authenticator-app'] });
      for (const like of likes) {
        const visit = await begin(rp);
        expect(stepOf(await toProof(visit, { ...an, password: like }, 'authenticator-app'))).toBe('password');
      }
      const visit = await begin(rp);
      expect(stepOf(await toProof(visit, an, 'authenticator-app'))).toBe('prove-key');
    }
  });
});
