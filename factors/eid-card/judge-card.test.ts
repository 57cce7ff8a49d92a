/** Every row of the README's table for tokens, each with what breaks it and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createCountry } from '../../test/eid-world/country.ts';
import { createCa, x509, type CertifiedKey, type Wish } from '../../test/eid-world/national-pki.ts';
import { signToken, type Algorithm } from '../../test/eid-world/software-card.ts';
import { writeCountry, writeRules } from '../../test/eid-world/trust-folder.ts';
import { judgeCard, type Card } from './judge-card.ts';
import type { Judged } from './fault.ts';
import { readTrust, type Trust } from './trust.ts';

const now = Date.UTC(2026, 10, 30, 12);
const asked = { origin: 'https://id.example.org', nonce: 'N'.repeat(43) + '=' };
const expected = { ...asked, now };
const country = await createCountry(now);
const { pki } = country;
const folder = mkdtempSync(join(tmpdir(), 'rekey-trust-'));
let trust: Trust;
let card: CertifiedKey;
let rsaCard: CertifiedKey;

beforeAll(async () => {
  trust = readTrust(writeCountry(folder, country));
  card = await country.card();
  rsaCard = await country.card({ kind: 'RSA-2048' });
});
afterAll(async () => {
  await country.responder.close();
  rmSync(folder, { recursive: true });
});

const judge = (token: Record<string, unknown>, of = expected) => judgeCard(JSON.stringify(token), trust, of);
const said = (judged: Judged<Card>) =>
  judged.ok ? 'accepted' : `${judged.fault.row} ${judged.fault.why}: ${judged.fault.reason}`;
const changed = (change: Record<string, unknown>) => said(judge({ ...signToken(card, asked), ...change }));
const judgedCard = async (wish: Wish, ca = pki.citizenCa, algorithm?: Algorithm) =>
  said(judge(signToken(await country.cardBy(ca, wish), asked, algorithm)));

describe('A-480 what is right is accepted', () => {
  test.each<[string, Wish]>([
    ['P-384', {}],
    ['RSA-2048 under an EC issuer', { kind: 'RSA-2048' }],
    ['without extended key usage, as in Luxembourg', { extendedKeyUsage: 'none' }],
    ['a further policy', { policies: ['1.2.3', '2.16.56.12.1.1.2.2'] }],
    ['a name in NFD, and a long one', { name: `Zoe\u0308 ${'é'.repeat(400)}` }],
  ])('%s', async (_name, wish) => expect(await judgedCard(wish)).toBe('accepted'));

  test('the RSA issuer', async () => expect(await judgedCard({ kind: 'RSA-2048' }, pki.foreignerCa)).toBe('accepted'));
  test('a later minor version with further fields', () =>
    expect(changed({ format: 'web-eid:1.1', unverifiedSigningCertificates: [] })).toBe('accepted'));
  test('the number is read, and nothing else of the person', () => {
    const judged = judge(signToken(card, asked));
    expect(judged.ok && [judged.value.number, judged.value.issuer.rules.country]).toEqual(['71715100070', 'BE']);
  });
});

describe('A-480 rows 1 to 3: the token', () => {
  test.each<[string, string]>([
    ['', '1 size'],
    ['{"a":1}', '1 size'],
    ['x'.repeat(200), '1 form'],
    ['[]'.padEnd(200), '1 form'],
    ['null'.padEnd(200), '1 form'],
    [`{"__proto__":"${'x'.repeat(200)}"}`, '1 form'],
    ['x'.repeat(10_001), '1 size'],
  ])('row 1 %.12s', (text, why) => expect(said(judgeCard(text, trust, expected))).toBe(`${why}: device_answer_wrong`));

  const signature = () => String(signToken(card, asked)['signature']);
  test.each<[string, () => Record<string, unknown>, string]>([
    ['row 1 a number for a text', () => ({ algorithm: 1 }), '1 form'],
    ['row 1 no signature', () => ({ signature: undefined }), '1 form'],
    ['row 1 an empty signature', () => ({ signature: '' }), '1 base64'],
    ['row 1 base64 without padding', () => ({ unverifiedCertificate: `${card.der.toString('base64')}=` }), '1 base64'],
    ['row 1 base64url', () => ({ signature: `-_${signature().slice(2)}` }), '1 base64'],
    ['row 1 a space in base64', () => ({ signature: ` ${signature()}` }), '1 base64'],
    ['row 2 version 2', () => ({ format: 'web-eid:2.0' }), '2 format'],
    ['row 2 version 10', () => ({ format: 'web-eid:10' }), '2 format'],
    ['row 2 something behind it', () => ({ format: 'web-eid:1.0\n' }), '2 format'],
    ...['none', 'HS256', 'es384', '__proto__', 'toString', 'ES384 '].map(
      (algorithm): [string, () => Record<string, unknown>, string] => [
        `row 3 ${algorithm}`,
        () => ({ algorithm }),
        '3 algorithm',
      ],
    ),
  ])('%s', (_name, change, why) => expect(changed(change())).toBe(`${why}: device_answer_wrong`));

  test('row 3 an algorithm that this country does not use', async () =>
    expect(await judgedCard({ kind: 'P-256' })).toBe('3 algorithm of this country: certificate_refused'));
});

describe('A-480 row 4: the certificate can be read, whole', () => {
  const sent = (der: Buffer) => changed({ unverifiedCertificate: der.toString('base64') });
  const malformed = '4 certificate malformed: device_answer_wrong';
  test('cut, and with something behind it', () => {
    expect(sent(card.der.subarray(0, -1))).toBe(malformed);
    expect(sent(Buffer.concat([card.der, Buffer.from([0])]))).toBe(malformed);
    expect(sent(Buffer.alloc(300, 0x30))).toBe(malformed);
  });
  test.each<[string, boolean]>([
    ['a critical extension that nobody knows', true],
    ['an extension twice', false],
  ])('%s', async (_name, critical) => {
    const extension = new x509.Extension('1.2.3.4', critical, Buffer.from([5, 0]));
    expect(await judgedCard({ extensions: critical ? [extension] : [extension, extension] })).toBe(malformed);
  });
});

describe('A-480 rows 5 to 7: what the certificate is for', () => {
  const { nonRepudiation, keyAgreement } = x509.KeyUsageFlags;
  test.each<[string, Wish, string]>([
    ['row 5 no key usage', { keyUsage: 'none' }, '5 key usage'],
    ['row 5 the certificate for signatures', { keyUsage: nonRepudiation }, '5 key usage'],
    ['row 5 key agreement', { keyUsage: keyAgreement }, '5 key usage'],
    ['row 6 another purpose', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] }, '6 purpose'],
    ['row 6 a responder', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.9'] }, '6 purpose'],
    ['row 6 a CA', { isCa: true }, '6 a CA'],
    ['row 7 Mobile-ID', { policies: ['2.16.56.12.1.1.2.2', '1.3.6.1.4.1.10015.1.3.1'] }, '7 policy refused'],
    ['row 7 the policy for signatures', { policies: ['2.16.56.12.1.1.2.1'] }, '7 policy not of this country'],
    ['row 7 no known policy', { policies: ['1.2.3'] }, '7 policy not of this country'],
  ])('%s', async (_name, wish, why) => expect(await judgedCard(wish)).toBe(`${why}: certificate_refused`));
});

describe('A-480 row 8: dates, by the clock that is given', () => {
  const second = 1_000;
  test.each<[string, Wish, string]>([
    ['the last second', { until: now }, 'accepted'],
    ['expired', { until: now - second }, '8 expired: certificate_expired'],
    ['the first second', { from: now }, 'accepted'],
    ['not yet valid', { from: now + second }, '8 not yet valid: certificate_refused'],
  ])('%s', async (_name, wish, why) => expect(await judgedCard(wish)).toBe(why));
  test('the same card at another instant', () =>
    expect(said(judge(signToken(card, asked), { ...expected, now: now + 6 * 365 * 24 * 3_600_000 }))).toBe(
      '8 expired: certificate_expired',
    ));
  test('the CA has expired', async () => {
    const names = pki.citizenCa.certificate.subjectName.toJSON();
    const old = await createCa(names, now, pki.root, { until: now - second });
    const place = mkdtempSync(join(tmpdir(), 'rekey-trust-old-'));
    const trusted = readTrust(writeCountry(place, { ...country, pki: { ...pki, citizenCa: old } }));
    const token = JSON.stringify(signToken(await country.cardBy(old), asked));
    expect(said(judgeCard(token, trusted, expected))).toBe('8 CA not valid: certificate_refused');
    rmSync(place, { recursive: true });
  });
});

describe('A-480 row 9: issued by a CA that is configured, in one step', () => {
  const unknown = '9 issuer unknown: certificate_refused';
  test('another PKI with the same names: a test card, say', async () =>
    expect(await judgedCard({}, pki.strangeCa)).toBe(unknown));
  test('the root is no issuer of cards, though it is pinned', async () =>
    expect(await judgedCard({}, pki.root)).toBe(unknown));
  test('a citizen’s card is no issuer', async () => expect(await judgedCard({}, card)).toBe(unknown));
  test('signed with SHA-1', async () => expect(await judgedCard({ weak: true })).toBe(unknown));
  test('the fault names the issuer for the operator', async () => {
    const judged = judge(signToken(await country.cardBy(pki.strangeCa), asked));
    expect(judged).toMatchObject({ ok: false, fault: { issuer: 'Citizen CA' } });
  });
  test('a changed byte anywhere in the certificate is never accepted', () => {
    for (let at = 0; at < card.der.length; at += 3) {
      const der = Buffer.from(card.der);
      der[at] = (der[at] ?? 0) ^ 1;
      expect([at, changed({ unverifiedCertificate: der.toString('base64') })]).not.toEqual([at, 'accepted']);
    }
  });
});

describe('A-480 row 10: the key is the algorithm’s', () => {
  const key = '10 key: device_answer_wrong';
  test('ES384 with an RSA key, and back', () => {
    expect(said(judge({ ...signToken(rsaCard, asked), algorithm: 'ES384' }))).toBe(key);
    expect(said(judge({ ...signToken(card, asked), algorithm: 'RS256' }))).toBe(key);
  });
  test('another curve', async () => {
    const small = await country.card({ kind: 'P-256' });
    expect(said(judge({ ...signToken(small, asked), algorithm: 'ES384' }))).toBe(key);
  });
  test('RSA of 1024 bits', async () => expect(await judgedCard({ kind: 'RSA-1024' })).toBe(key));
});

describe('A-480 row 11: signed for this origin and this question', () => {
  const wrong = '11 signature: device_answer_wrong';
  test.each([
    ['another site', { origin: 'https://id.example.com' }],
    ['a slash behind it', { origin: 'https://id.example.org/' }],
    ['another port', { origin: 'https://id.example.org:8443' }],
    ['http', { origin: 'http://id.example.org' }],
    ['another question', { nonce: 'M'.repeat(43) + '=' }],
    ['the question without padding', { nonce: 'N'.repeat(43) }],
    ['the two swapped', { origin: asked.nonce, nonce: asked.origin }],
  ])('%s', (_name, change) => {
    for (const one of [card, rsaCard]) expect(said(judge(signToken(one, { ...asked, ...change })))).toBe(wrong);
  });
  test('another card’s certificate', async () => {
    const other = await country.card();
    expect(changed({ unverifiedCertificate: other.der.toString('base64') })).toBe(wrong);
  });
  test('PS256 said to be RS256', () => {
    const token = { ...signToken(rsaCard, asked, 'PS256'), algorithm: 'RS256' };
    expect(said(judge(token))).toBe(wrong);
  });
  test('a changed byte anywhere in the signature, and another length', () => {
    const signature = Buffer.from(String(signToken(card, asked)['signature']), 'base64');
    for (let at = 0; at < signature.length; at += 1) {
      const other = Buffer.from(signature);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(changed({ signature: other.toString('base64') })).toBe(wrong);
    }
    expect(changed({ signature: signature.subarray(1).toString('base64') })).toBe(wrong);
    expect(changed({ signature: Buffer.concat([signature, Buffer.from([0])]).toString('base64') })).toBe(wrong);
  });
});

describe('A-480 row 14: one person of this country', () => {
  test.each<[string, Wish]>([
    ['no number', { numbers: [] }],
    ['two numbers', { numbers: ['71715100070', '71715100071'] }],
    ['a number of another form', { numbers: ['7171510007'] }],
    ['a prefix that this country does not write', { numbers: ['PNOBE-71715100070'] }],
    ['a prefix of another country', { numbers: ['PNOEE-71715100070'] }],
    ['no country', { country: [] }],
    ['two countries', { country: ['BE', 'BE'] }],
    ['another country', { country: ['NL'] }],
  ])('%s', async (_name, wish) => expect(await judgedCard(wish)).toBe('14 subject: certificate_refused'));
});

test('A-480 no answer of a judge holds the number, the name or a part of the certificate', async () => {
  for (const wish of [
    { until: now - 1_000 },
    { policies: ['1.2.3'] },
    { country: ['NL'] },
    { keyUsage: 'none' as const },
  ]) {
    const one = await country.card(wish);
    const text = JSON.stringify(judge(signToken(one, asked)));
    expect(text).not.toMatch(/71715100070|Nora/);
    expect(text).not.toContain(one.der.toString('base64').slice(0, 40));
  }
});

describe('A-481 the certificates of an operator', () => {
  test('a CA that does not lead to a pinned one stops the start, and so does what is no certificate', () => {
    const place = mkdtempSync(join(tmpdir(), 'rekey-trust-wrong-'));
    const places = writeCountry(place, country);
    mkdirSync(join(places.certificates, 'xx'), { recursive: true });
    writeFileSync(join(places.certificates, 'xx', 'strange.der'), pki.strangeCa.der);
    expect(() => readTrust(places)).toThrow('strange.der does not lead to a pinned certificate');
    writeFileSync(join(places.certificates, 'xx', 'strange.der'), 'no certificate');
    expect(() => readTrust(places)).toThrow('strange.der is no certificate');
    rmSync(place, { recursive: true });
  });
  test('a country without a file, without certificates, or with an unknown key', () => {
    const place = mkdtempSync(join(tmpdir(), 'rekey-trust-none-'));
    const places = writeCountry(place, country);
    expect(() => readTrust({ ...places, countries: ['zz'] })).toThrow('there is no file for the country zz');
    expect(() => readTrust({ ...places, countries: ['be'] })).toThrow('has no certificate of an issuing CA');
    writeFileSync(join(place, 'files', 'yy.yaml'), 'country: YY\nno such key: 1\n');
    expect(() => readTrust({ ...places, countries: ['yy'] })).toThrow('yy.yaml');
    rmSync(place, { recursive: true });
  });
});

describe('A-480 published tokens of Belgian test cards', () => {
  const vectors = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../test/eid-world/belgian-test-cards.json'), 'utf8'),
  ) as {
    readonly origin: string;
    readonly at: string;
    readonly issuer: string;
    readonly cards: readonly {
      readonly name: string;
      readonly nonce: string;
      readonly token: Record<string, unknown>;
    }[];
  };
  test.each(vectors.cards)('$name', ({ nonce, token }) => {
    const place = mkdtempSync(join(tmpdir(), 'rekey-trust-belgian-'));
    const ca = Buffer.from(vectors.issuer, 'base64');
    const places = writeRules(place, { pinned: [createHash('sha256').update(ca).digest('hex')] });
    writeFileSync(join(places.certificates, 'xx', 'issuer.der'), ca);
    const trusted = readTrust(places);
    const { origin } = vectors;
    const judged = (of: typeof expected) => said(judgeCard(JSON.stringify(token), trusted, of));
    expect(judged({ origin, nonce, now: Date.parse(vectors.at) })).toBe('accepted');
    expect(judged({ ...asked, now: Date.parse(vectors.at) })).toBe('11 signature: device_answer_wrong');
    rmSync(place, { recursive: true });
  });
});
