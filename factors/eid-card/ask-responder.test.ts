/** Every row of the README's table for responders, over HTTP, with the fetch of the product. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ocsp from '@peculiar/asn1-ocsp';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import { createFetch } from '../../provider/guarded-fetch.ts';
import { createCountry } from '../../test/eid-world/country.ts';
import { issueResponder, type Wish } from '../../test/eid-world/national-pki.ts';
import { answerOf, behaviours, type Behaviour } from '../../test/eid-world/ocsp-responder.ts';
import { signToken } from '../../test/eid-world/software-card.ts';
import { writeCountry } from '../../test/eid-world/trust-folder.ts';
import { askResponder, type KeptAnswers } from './ask-responder.ts';
import { judgeCard, type Card } from './judge-card.ts';
import { judgeOcspAnswer } from './ocsp-answer.ts';
import { certIdOf, ocspRequest } from './ocsp-request.ts';
import { readTrust } from './trust.ts';

const now = Date.UTC(2026, 10, 30, 12);
const asked = { origin: 'https://id.example.org', nonce: 'N'.repeat(43) + '=' };
const country = await createCountry(now);
const { responder, pki } = country;
const folders: string[] = [];
const random = { bytes: (length: number) => randomBytes(length), int: (below: number) => randomInt(below) };
const fetch = createFetch([responder.host]);

/** A card under these rules for OCSP. */
async function cardOf(rules: Record<string, unknown> = {}, wish: Wish = {}, prepare?: (place: string) => void) {
  const place = mkdtempSync(join(tmpdir(), 'rekey-ocsp-'));
  folders.push(place);
  const places = writeCountry(place, country, rules);
  prepare?.(join(places.certificates, 'xx'));
  const judged = judgeCard(JSON.stringify(signToken(await country.card(wish), asked)), readTrust(places), {
    ...asked,
    now,
  });
  if (!judged.ok) throw new Error(judged.fault.why);
  return judged.value;
}

let card: Card;
beforeAll(async () => {
  card = await cardOf();
});
beforeEach(() => {
  responder.behaviour = 'good';
  responder.now = now;
});
afterAll(async () => {
  await responder.close();
  for (const place of folders) rmSync(place, { recursive: true });
});

function rulesOf({ issuer }: Card) {
  const { ocsp: rules } = issuer.rules;
  if (rules === undefined) throw new Error('The country has no responder.');
  return rules;
}
async function ask(one: Card, { kept = new Map(), at = now }: { kept?: KeptAnswers; at?: number } = {}) {
  const judged = await askResponder({ fetch, random, now: at }, one, rulesOf(one), kept);
  return judged.ok ? 'good' : `${judged.fault.row} ${judged.fault.why}: ${judged.fault.reason}`;
}
const said = async (behaviour: Behaviour, one = card) => {
  responder.behaviour = behaviour;
  return ask(one);
};

const outcomes: Readonly<Record<Exclude<Behaviour, 'silent' | 'slow'>, string>> = {
  good: 'good',
  'signed by the CA': 'good',
  'good without nonce': 'ocsp-7 no nonce: check_unavailable',
  revoked: 'ocsp-9 revoked: certificate_revoked',
  'on hold': 'ocsp-9 revoked: certificate_revoked',
  unknown: 'ocsp-9 unknown: certificate_unknown',
  'error status': 'ocsp-3 status 500: check_unavailable',
  'try later': 'ocsp-3 not successful: check_unavailable',
  redirect: 'ocsp-3 status 302: check_unavailable',
  'wrong type': 'ocsp-3 content type: check_unavailable',
  huge: 'ocsp-10 no answer: check_unavailable',
  garbage: 'ocsp-3 answer unreadable: check_unavailable',
  empty: 'ocsp-3 answer unreadable: check_unavailable',
  'no answer inside': 'ocsp-3 not one answer: check_unavailable',
  'two answers': 'ocsp-3 not one answer: check_unavailable',
  'wrong signature': 'ocsp-6 signature: check_unavailable',
  stranger: 'ocsp-5 signer may not answer: check_unavailable',
  'stranger without certificate': 'ocsp-5 signer may not answer: check_unavailable',
  'responder of another CA': 'ocsp-5 signer may not answer: check_unavailable',
  'responder without purpose': 'ocsp-5 signer may not answer: check_unavailable',
  'responder expired': 'ocsp-5 signer may not answer: check_unavailable',
  'other name': 'ocsp-5 signer may not answer: check_unavailable',
  'other nonce': 'ocsp-7 nonce: check_unavailable',
  'other serial': 'ocsp-4 another certificate: check_unavailable',
  'other issuer': 'ocsp-4 another certificate: check_unavailable',
  old: 'ocsp-8 too old: check_unavailable',
  'from the future': 'ocsp-8 from the future: check_unavailable',
  over: 'ocsp-8 over: check_unavailable',
  'upside down': 'ocsp-8 ends before it begins: check_unavailable',
};

describe('A-482 rows ocsp-3 to ocsp-9: what the responder answers', () => {
  test.each(Object.entries(outcomes))('%s', async (behaviour, outcome) =>
    expect(await said(behaviour as Behaviour)).toBe(outcome),
  );
  test('every behaviour of the responder has its line here', () =>
    expect([...Object.keys(outcomes), 'silent', 'slow'].toSorted()).toEqual([...behaviours].toSorted()));
});

describe('A-482 rows ocsp-1 and ocsp-10: who is asked, and how long', () => {
  const nobody = 'ocsp-1 no responder that may be asked: check_unavailable';
  test('a host that is not listed is not asked', async () => {
    const before = responder.asked();
    expect(await ask(await cardOf({ hosts: ['ocsp.example.org'] }))).toBe(nobody);
    expect(await ask(await cardOf({}, { responder: `http://127.0.0.1:1/` }))).toBe(nobody);
    expect(await ask(await cardOf({}, { responder: `http://x@${responder.host}/` }))).toBe(nobody);
    expect(await ask(await cardOf({}, { responder: `file:///etc/passwd` }))).toBe(nobody);
    expect(await ask(await cardOf({}, { responder: 'none' }))).toBe(nobody);
    expect(responder.asked()).toBe(before);
  });
  test('the country’s own address comes before the one in the certificate', async () => {
    const one = await cardOf({ url: responder.url }, { responder: 'http://127.0.0.1:1/' });
    expect(await ask(one)).toBe('good');
  });
  test.each(['silent', 'slow'] as const)('a %s responder ends after the time of the country', async (behaviour) => {
    responder.behaviour = behaviour;
    expect(await ask(await cardOf({ timeoutSeconds: 1 }))).toBe('ocsp-10 no answer: check_unavailable');
  });
  test('one that is not there', async () => {
    const [host, url] = ['127.0.0.1:1', 'http://127.0.0.1:1/'];
    const one = await cardOf({ hosts: [host], url });
    const judged = await askResponder({ fetch: createFetch([host]), random, now }, one, rulesOf(one), new Map());
    expect(judged).toMatchObject({ ok: false, fault: { row: 'ocsp-10', reason: 'check_unavailable' } });
  });
  test('a responder that ignores nonces, where the country says so', async () => {
    const one = await cardOf({ nonce: false });
    expect(await said('good without nonce', one)).toBe('good');
    expect(await said('old', one)).toBe('ocsp-8 too old: check_unavailable');
  });
});

describe('A-482 row ocsp-2: the question', () => {
  const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');
  const hex = (bytes: ArrayBuffer) => Buffer.from(bytes).toString('hex');
  test('a POST with its type: the issuer by SHA-1 of name and key, the serial number, and 32 bytes of nonce', async () => {
    await ask(card);
    const { method, type, body } = responder.last;
    expect([method, type]).toEqual(['POST', 'application/ocsp-request']);
    const { requestList, requestExtensions = [] } = AsnConvert.parse(body, ocsp.OCSPRequest).tbsRequest;
    const [only, ...more] = requestList.map(({ reqCert }) => reqCert);
    if (only === undefined || more.length > 0) throw new Error('Not one certificate.');
    const { tbsCertificate } = AsnConvert.parse(pki.citizenCa.der, Certificate);
    expect(only.hashAlgorithm.algorithm).toBe('1.3.14.3.2.26');
    expect(hex(only.issuerNameHash.buffer)).toBe(sha1(Buffer.from(AsnConvert.serialize(tbsCertificate.subject))));
    expect(hex(only.issuerKeyHash.buffer)).toBe(
      sha1(Buffer.from(tbsCertificate.subjectPublicKeyInfo.subjectPublicKey)),
    );
    expect(hex(only.serialNumber)).toBe(hex(card.certificate.serial));
    const [nonce, ...further] = requestExtensions;
    expect([nonce?.extnID, further]).toEqual(['1.3.6.1.5.5.7.48.1.2', []]);
    // RFC 9654 §2.1: an OCTET STRING within the extension's value.
    expect(hex(nonce?.extnValue.buffer ?? new ArrayBuffer())).toMatch(/^0420[0-9a-f]{64}$/);
  });
  test('another nonce each time, and none where the country says so', async () => {
    await ask(card);
    const first = responder.last.body;
    await ask(card);
    expect(responder.last.body.equals(first)).toBe(false);
    await said('good without nonce', await cardOf({ nonce: false }));
    expect(AsnConvert.parse(responder.last.body, ocsp.OCSPRequest).tbsRequest.requestExtensions).toBeUndefined();
  });
  test('an answer without the nonce that was asked for is none', async () =>
    expect(await said('good without nonce')).toBe(outcomes['good without nonce']));
});

describe('A-482 row ocsp-5: a designated responder', () => {
  test('counts by its certificate, whichever CA issued it', async () => {
    const stranger = await issueResponder(pki.strangeCa, now);
    const { signers } = responder;
    responder.signers = { ...signers, stranger };
    const pinned = await cardOf({}, {}, (place) => {
      mkdirSync(join(place, 'responders'));
      writeFileSync(join(place, 'responders', 'one.der'), stranger.der);
    });
    expect(await said('stranger', pinned)).toBe('good');
    expect(await said('stranger')).toBe(outcomes.stranger);
    responder.signers = signers;
  });
});

describe('A-483 an answer is used again no longer than it says', () => {
  test('a good one for the time of the country, and not before it was given', async () => {
    const kept: KeptAnswers = new Map();
    expect(await ask(card, { kept })).toBe('good');
    responder.behaviour = 'revoked';
    expect(await ask(card, { kept, at: now + 59_999 })).toBe('good');
    responder.now = now + 60_000;
    expect(await ask(card, { kept, at: now + 60_000 })).toBe(outcomes.revoked);
    expect(kept.size).toBe(0);
  });
  test('not longer than its nextUpdate or its age, though the country would', async () => {
    for (const [rules, life] of [
      [{ cacheSeconds: 3_600 }, 600_000],
      [{ cacheSeconds: 3_600, maxAgeSeconds: 120 }, 119_000],
    ] as const) {
      const one = await cardOf(rules);
      const kept: KeptAnswers = new Map();
      responder.behaviour = 'good';
      responder.now = now;
      expect(await ask(one, { kept })).toBe('good');
      responder.behaviour = 'revoked';
      expect(await ask(one, { kept, at: now + life - 1 })).toBe('good');
      responder.now = now + life;
      expect(await ask(one, { kept, at: now + life })).toBe(outcomes.revoked);
    }
  });
  test('a clock that goes back, and a refusal: nothing is used again', async () => {
    const kept: KeptAnswers = new Map();
    expect(await ask(card, { kept })).toBe('good');
    responder.behaviour = 'revoked';
    expect(await ask(card, { kept, at: now - 1 })).toBe(outcomes.revoked);
    responder.behaviour = 'good';
    const before = responder.asked();
    expect(await ask(card, { kept })).toBe('good');
    expect(responder.asked()).toBe(before + 1);
  });
});

test('A-482 row ocsp-6: a changed byte anywhere in the answer is never "good" for a revoked card', () => {
  const certId = certIdOf(card.certificate, card.issuer.certificate);
  const nonce = randomBytes(32);
  const { signers } = responder;
  const answer = answerOf(Buffer.from(ocspRequest(certId, nonce)), signers, 'revoked', now);
  // Every sixth byte: each try verifies two signatures.
  for (let at = 0; at < answer.length; at += 6) {
    const other = Buffer.from(answer);
    other[at] = (other[at] ?? 0) ^ 1;
    expect([at, judgeOcspAnswer(other, { certId, nonce, issuer: card.issuer, rules: rulesOf(card), now }).ok]).toEqual([
      at,
      false,
    ]);
  }
});

test('A-482 row ocsp-7: the answer to the question before is no answer', () => {
  const certId = certIdOf(card.certificate, card.issuer.certificate);
  const { signers } = responder;
  const [one, other] = [randomBytes(32), randomBytes(32)];
  const answer = answerOf(Buffer.from(ocspRequest(certId, one)), signers, 'good', now);
  const judged = (nonce: Uint8Array) =>
    judgeOcspAnswer(answer, { certId, nonce, issuer: card.issuer, rules: rulesOf(card), now }).ok;
  expect([judged(one), judged(other)]).toEqual([true, false]);
});

describe('A-482 row ocsp-8: to the millisecond', () => {
  const certId = () => certIdOf(card.certificate, card.issuer.certificate);
  const judgedAt = (at: number) => {
    const { signers } = responder;
    const id = certId();
    // thisUpdate is one second before `now`, nextUpdate ten minutes after it.
    const answer = answerOf(Buffer.from(ocspRequest(id)), signers, 'good', now);
    return judgeOcspAnswer(answer, { certId: id, issuer: card.issuer, rules: rulesOf(card), now: at }).ok;
  };
  test.each([
    ['61 s before it was made', now - 1_000 - 60_001, false],
    ['60 s before', now - 1_000 - 60_000, true],
    ['60 s after its end', now + 600_000 + 60_000, true],
    ['a millisecond later', now + 600_000 + 60_001, false],
  ])('%s', (_name, at, good) => expect(judgedAt(at)).toBe(good));
});
