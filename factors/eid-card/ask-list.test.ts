/** Every row of the README's table for lists of revoked cards, over HTTP, with the fetch of the product. */
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFetch } from '../../provider/guarded-fetch.ts';
import { createCountry } from '../../test/eid-world/country.ts';
import { createCa, x509, type Wish } from '../../test/eid-world/national-pki.ts';
import {
  deltaExtension,
  listOf,
  otherIssuerExtension,
  pointsExtension,
  scopeExtension,
  startListServer,
  unknownExtension,
  type ListWish,
} from '../../test/eid-world/revocation-lists.ts';
import { signToken } from '../../test/eid-world/software-card.ts';
import { writeCountry } from '../../test/eid-world/trust-folder.ts';
import { noLists } from './ask-list.ts';
import { checkRevocation, noChecks, type KeptChecks } from './check-revocation.ts';
import { judgeCard, type Card } from './judge-card.ts';
import { judgeList } from './revocation-list.ts';
import { readTrust } from './trust.ts';

const now = Date.UTC(2026, 10, 30, 12);
const asked = { origin: 'https://id.example.org', nonce: 'N'.repeat(43) + '=' };
const country = await createCountry(now);
const { pki } = country;
const server = await startListServer();
const folders: string[] = [];
const random = { bytes: (length: number) => randomBytes(length), int: (below: number) => randomInt(below) };
const usual = {
  hosts: [server.host],
  timeoutSeconds: 2,
  skewSeconds: 60,
  mostBytes: 200_000,
  maxAgeSeconds: 86_400,
  cacheSeconds: 600,
};

/** A card of a country with lists. */
async function cardOf(rules: Record<string, unknown> = {}, wish: Wish = {}, of = country): Promise<Card> {
  const place = mkdtempSync(join(tmpdir(), 'rekey-crl-'));
  folders.push(place);
  const places = writeCountry(place, of, {}, { crl: { ...usual, ...rules } });
  const one = await of.cardBy(of.pki.citizenCa, { extensions: [pointsExtension([[server.url]])], ...wish });
  const judged = judgeCard(JSON.stringify(signToken(one, asked)), readTrust(places), { ...asked, now });
  if (!judged.ok) throw new Error(judged.fault.why);
  return judged.value;
}
const card = await cardOf();
const hexSerial = (one: Card) => Buffer.from(one.certificate.serial).toString('hex');
const list = (wish: Partial<ListWish> = {}, at = now) => listOf({ signer: pki.citizenCa, ...wish }, at);

beforeEach(async () => {
  Object.assign(server, { status: 200, silent: false, body: await list() });
});
afterAll(async () => {
  await Promise.all([country.responder.close(), server.close()]);
  for (const place of folders) rmSync(place, { recursive: true });
});

async function ask(one = card, { kept = noChecks(), at = now }: { kept?: KeptChecks; at?: number } = {}) {
  const judged = await checkRevocation({ fetch: createFetch([server.host]), random, now: at }, one, kept);
  return judged.ok ? 'good' : `${judged.fault.row} ${judged.fault.why}: ${judged.fault.reason}`;
}
const said = async (wish: Partial<ListWish>, one = card) => {
  server.body = await list(wish);
  return ask(one);
};
const down = 'check_unavailable';

describe('A-531 row crl-1: where the list is', () => {
  const nobody = `crl-1 no list that may be got: ${down}`;
  test('a host that is not listed is not asked, nor any other kind of address', async () => {
    const before = server.asked();
    const at = async (...urls: string[]) => ask(await cardOf({}, { extensions: [pointsExtension([urls])] }));
    expect(await ask(await cardOf({ hosts: ['crl.example.org'] }))).toBe(nobody);
    expect(await at('http://127.0.0.1:1/')).toBe(nobody);
    expect(await at(`http://x@${server.host}/`)).toBe(nobody);
    expect(await at('ldap://127.0.0.1/cn=list')).toBe(nobody);
    expect(await ask(await cardOf({}, { extensions: [] }))).toBe(nobody);
    expect(server.asked()).toBe(before);
  });
  test('a point whose list another issuer signs is none of ours', async () => {
    const extensions = [pointsExtension([[server.url]], { otherIssuer: true })];
    expect(await ask(await cardOf({}, { extensions }))).toBe(nobody);
  });
  test('the first address that may be asked, and the country’s own before those of the card', async () => {
    const extensions = [pointsExtension([['ldap://127.0.0.1/cn=list', server.url]])];
    expect(await ask(await cardOf({}, { extensions }))).toBe('good');
    const away = { extensions: [pointsExtension([['http://127.0.0.1:1/']])] };
    expect(await ask(await cardOf({ url: server.url }, away))).toBe('good');
  });
});

describe('A-531 rows crl-2 and crl-8: bounded in size and time', () => {
  test('an error, a redirect, a long answer', async () => {
    server.status = 500;
    expect(await ask()).toBe(`crl-2 status 500: ${down}`);
    server.status = 302;
    expect(await ask()).toBe(`crl-2 status 302: ${down}`);
    server.status = 200;
    server.body = Buffer.alloc(usual.mostBytes + 1, 0x30);
    expect(await ask()).toBe(`crl-8 no answer: ${down}`);
  });
  test('a list over 64 KiB is read where the country allows it', async () => {
    const serials = Array.from({ length: 2_000 }, (_, n) => `20${n.toString(16).padStart(30, '0')}`);
    server.body = await list({ serials });
    expect(server.body.length).toBeGreaterThan(64 * 1024);
    expect(await ask()).toBe('good');
    server.body = await list({ serials: [...serials, hexSerial(card)] });
    expect(await ask()).toBe('crl-7 revoked: certificate_revoked');
    expect(await ask(await cardOf({ mostBytes: 64 * 1024 }))).toBe(`crl-8 no answer: ${down}`);
  });
  test('silence, and nobody there', async () => {
    server.silent = true;
    expect(await ask(await cardOf({ timeoutSeconds: 1 }))).toBe(`crl-8 no answer: ${down}`);
    const nobody = { hosts: ['127.0.0.1:1'], url: 'http://127.0.0.1:1/' };
    expect(await ask(await cardOf(nobody))).toBe(`crl-8 no answer: ${down}`);
  });
});

describe('A-531 row crl-3: a list, whole', () => {
  const unreadable = `crl-3 list unreadable: ${down}`;
  test.each<[string, (der: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['no list', () => Buffer.from('<html>no</html>')],
    ['a certificate', () => pki.citizenCa.der],
    ['cut', (der) => der.subarray(0, -1)],
    ['something behind it', (der) => Buffer.concat([der, Buffer.from([0])])],
    ['a length that is not the shortest', (der) => Buffer.concat([Buffer.from([0x30, 0x83, 0]), der.subarray(2)])],
    ['a length without end', (der) => Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(4), Buffer.alloc(2)])],
  ])('%s', async (_name, change) => {
    server.body = change(await list());
    expect(await ask()).toBe(unreadable);
  });
});

describe('A-531 row crl-4: signed by the card’s issuer', () => {
  test.each<[string, Partial<ListWish>, string]>([
    ['another CA of the country', { signer: pki.foreignerCa }, 'another issuer'],
    ['another CA in the issuer’s name', { signer: pki.foreignerCa, issuer: pki.citizenCa }, 'another key'],
    [
      'another CA in the issuer’s name and key id',
      { signer: pki.foreignerCa, issuer: pki.citizenCa, namedKey: pki.citizenCa },
      'signature',
    ],
    ['another PKI with the same names', { signer: pki.strangeCa }, 'another key'],
    ['the root', { signer: pki.root }, 'another issuer'],
    ['SHA-1', { weak: true }, 'algorithm'],
  ])('%s', async (_name, wish, why) => expect(await said(wish)).toBe(`crl-4 ${why}: ${down}`));

  test('a changed byte anywhere is never good for a revoked card', async () => {
    const body = await list({ serials: [hexSerial(card)] });
    const { crl: rules } = card.issuer.rules;
    if (rules === undefined) throw new Error('The country has no lists.');
    for (let at = 0; at < body.length; at += 1) {
      const other = Buffer.from(body);
      other[at] = (other[at] ?? 0) ^ 1;
      const judged = judgeList(other, { issuer: card.issuer, rules, addresses: [server.url], now });
      expect([at, judged.ok]).toEqual([at, false]);
    }
  });
  test('an issuer that may sign no lists', async () => {
    const names = pki.citizenCa.certificate.subjectName.toJSON();
    const citizenCa = await createCa(names, now, pki.root, { keyUsage: x509.KeyUsageFlags.keyCertSign });
    const other = { ...country, pki: { ...pki, citizenCa } };
    expect(await said({ signer: citizenCa }, await cardOf({}, {}, other))).toBe(
      `crl-4 issuer may sign no list: ${down}`,
    );
  });
});

describe('A-531 row crl-5: its dates', () => {
  const minute = 60_000;
  test.each<[string, Partial<ListWish>, string]>([
    ['from the future', { age: -61_000 }, `crl-5 from the future: ${down}`],
    ['within what clocks may differ', { age: -59_000 }, 'good'],
    ['over', { age: 60 * minute, life: 58 * minute }, `crl-5 over: ${down}`],
    ['upside down', { age: 0, life: -minute }, `crl-5 no end: ${down}`],
    ['older than the country allows', { age: 26 * 60 * minute, life: 99 * 60 * minute }, `crl-5 over: ${down}`],
  ])('%s', async (_name, wish, outcome) => expect(await said(wish)).toBe(outcome));
});

describe('A-531 row crl-6: a complete list, of this issuer’s cards and of this point', () => {
  test.each<[string, Partial<ListWish>, string]>([
    ['a delta', { extensions: [deltaExtension()] }, 'delta'],
    ['an indirect list', { extensions: [scopeExtension({ indirect: true })] }, 'indirect'],
    ['of CAs only', { extensions: [scopeExtension({ caOnly: true })] }, 'a part only'],
    ['of some reasons only', { extensions: [scopeExtension({ someReasons: true })] }, 'a part only'],
    ['of another point', { extensions: [scopeExtension({ urls: ['http://127.0.0.1/other.crl'] })] }, 'another point'],
    ['a critical extension that nobody knows', { extensions: [unknownExtension(true)] }, 'extension not understood'],
    ['an extension twice', { extensions: [unknownExtension(false), unknownExtension(false)] }, 'extension twice'],
    [
      'an entry for another issuer’s card',
      { serials: ['11'], entryExtensions: [otherIssuerExtension(pki.foreignerCa)] },
      'entry not understood',
    ],
    [
      'an entry with a critical extension',
      { serials: ['11'], entryExtensions: [unknownExtension(true)] },
      'entry not understood',
    ],
  ])('%s', async (_name, wish, why) => expect(await said(wish)).toBe(`crl-6 ${why}: ${down}`));

  test('of people’s cards, of this very point, with further extensions that are not critical', async () => {
    const extensions = [scopeExtension({ usersOnly: true, urls: [server.url] }), unknownExtension(false)];
    expect(await said({ extensions, serials: ['11'], entryExtensions: [unknownExtension(false)] })).toBe('good');
  });
});

describe('A-531 row crl-7: the card is on it', () => {
  const { keyCompromise, certificateHold } = x509.X509CrlReason;
  test.each([
    ['revoked', keyCompromise],
    ['suspended', certificateHold],
  ])('%s', async (_name, reason) => {
    const serials = ['11', hexSerial(card), '12'];
    expect(await said({ serials, reason })).toBe('crl-7 revoked: certificate_revoked');
  });
  test('another one is', async () => expect(await said({ serials: ['11', `${hexSerial(card)}00`] })).toBe('good'));
});

describe('A-532 a list is used again no longer than it says', () => {
  test.each<[string, Record<string, unknown>, Partial<ListWish>, number]>([
    ['the time of the country', { cacheSeconds: 600 }, {}, 600_000],
    ['its own end', { cacheSeconds: 86_400 }, { age: 0, life: 120_000 }, 120_000],
    ['its greatest age', { cacheSeconds: 86_400, maxAgeSeconds: 300 }, { age: 60_000 }, 240_000],
  ])('%s', async (_name, rules, wish, life) => {
    const one = await cardOf(rules);
    const kept = noChecks();
    server.body = await list(wish);
    expect(await ask(one, { kept })).toBe('good');
    server.body = await list({ serials: [hexSerial(one)] }, now + life);
    const before = server.asked();
    expect(await ask(one, { kept, at: now + life - 1 })).toBe('good');
    expect(server.asked()).toBe(before);
    expect(await ask(one, { kept, at: now + life })).toBe('crl-7 revoked: certificate_revoked');
  });
  test('not before it was got, and not for a card of another issuer at the same address', async () => {
    const kept = noChecks();
    expect(await ask(card, { kept })).toBe('good');
    server.body = await list({ serials: [hexSerial(card)] });
    expect(await ask(card, { kept, at: now - 1 })).toBe('crl-7 revoked: certificate_revoked');
    const swapped = { ...country, pki: { ...pki, citizenCa: pki.foreignerCa, foreignerCa: pki.citizenCa } };
    const other = await cardOf({}, {}, swapped);
    const before = server.asked();
    expect(await ask(other, { kept })).toBe(`crl-4 another issuer: ${down}`);
    expect(server.asked()).toBe(before + 1);
  });
  test('people who come at the same moment wait for one download; one that failed is tried again', async () => {
    const kept = { ...noChecks(), lists: noLists() };
    server.status = 500;
    const before = server.asked();
    const answers = await Promise.all([1, 2, 3].map(() => ask(card, { kept })));
    expect(new Set(answers)).toEqual(new Set([`crl-2 status 500: ${down}`]));
    server.status = 200;
    expect(await Promise.all([1, 2, 3].map(() => ask(card, { kept })))).toEqual(['good', 'good', 'good']);
    expect(server.asked()).toBe(before + 2);
  });
});

test('A-531 a country says one way to ask, and one that ends in time', async () => {
  await expect(cardOf({ timeoutSeconds: 5 })).rejects.toThrow('timeoutSeconds');
  const place = mkdtempSync(join(tmpdir(), 'rekey-crl-'));
  folders.push(place);
  const neither = writeCountry(place, country, {}, { ocsp: undefined });
  expect(() => readTrust(neither)).toThrow('`ocsp` or `crl`');
});
