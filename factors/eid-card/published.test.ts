/** Published tokens of national test cards, and published answers of a responder: what others made is judged as they say. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ocsp from '@peculiar/asn1-ocsp';
import { AsnConvert } from '@peculiar/asn1-schema';
import { writeRules } from '../../test/eid-world/trust-folder.ts';
import { judgeCard } from './judge-card.ts';
import { judgeOcspAnswer } from './ocsp-answer.ts';
import { readTrust, type Issuer } from './trust.ts';

interface Published {
  readonly issuers: readonly {
    readonly country: string;
    readonly issuer: string;
    readonly origin: string;
    readonly at: string;
    readonly rules: Record<string, unknown>;
    readonly cards: readonly { readonly name: string; readonly nonce: string; readonly token: object }[];
  }[];
  readonly responder: {
    readonly issuer: string;
    readonly designated: string;
    readonly answers: readonly { readonly name: string; readonly outcome: string; readonly answer: string }[];
  };
}
const file = join(import.meta.dirname, '../../test/eid-world/published-test-cards.json');
const { issuers, responder } = JSON.parse(readFileSync(file, 'utf8')) as Published;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function trustIn(issuer: string, rules: Record<string, unknown>) {
  const folder = mkdtempSync(join(tmpdir(), 'rekey-published-'));
  folders.push(folder);
  const der = Buffer.from(issuer, 'base64');
  const places = writeRules(folder, { ...rules, pinned: [createHash('sha256').update(der).digest('hex')] });
  writeFileSync(join(places.certificates, 'xx', 'issuer.der'), der);
  return readTrust(places);
}

describe.each(issuers)('A-480 published tokens: $country', ({ country, issuer, origin, at, rules, cards }) => {
  test.each(cards)('$name', ({ nonce, token }) => {
    const trust = trustIn(issuer, { country, ...rules });
    const said = (change: Record<string, unknown>) => {
      const judged = judgeCard(JSON.stringify(token), trust, { origin, nonce, now: Date.parse(at), ...change });
      return judged.ok ? 'accepted' : `${judged.fault.row} ${judged.fault.why}`;
    };
    expect(said({})).toBe('accepted');
    expect(said({ origin: `${origin}/` })).toBe('11 signature');
    expect(said({ nonce: `${nonce}=` })).toBe('11 signature');
    expect(said({ now: Date.UTC(2040, 0, 1) })).toBe('8 expired');
    const other = trustIn(issuers.find((one) => one.issuer !== issuer)?.issuer ?? '', { country, ...rules });
    const judged = judgeCard(JSON.stringify(token), other, { origin, nonce, now: Date.parse(at) });
    expect(judged).toMatchObject({ ok: false, fault: { row: '9' } });
  });
});

describe('A-482 published answers of a responder', () => {
  const [trusted] = trustIn(responder.issuer, { country: 'EE' }).issuers;
  test.each(responder.answers)('$name: $outcome', ({ answer, outcome }) => {
    if (trusted === undefined) throw new Error('There is no issuer.');
    const issuer: Issuer = { ...trusted, responders: [Buffer.from(responder.designated, 'base64')] };
    const bytes = Buffer.from(answer, 'base64');
    const { responseBytes } = AsnConvert.parse(bytes, ocsp.OCSPResponse);
    const basic = AsnConvert.parse(responseBytes?.response.buffer ?? new ArrayBuffer(), ocsp.BasicOCSPResponse);
    // The question is not published: its certificate is the one of the answer.
    const [single] = basic.tbsResponseData.responses;
    const rules = trusted.rules.ocsp;
    if (single === undefined || rules === undefined) throw new Error('There is no answer inside.');
    const made = single.thisUpdate.getTime();
    const at = (now: number) => {
      const judged = judgeOcspAnswer(bytes, { certId: single.certID, issuer, rules, now });
      return judged.ok ? 'good' : `${judged.fault.row} ${judged.fault.why}`;
    };
    expect(at(made)).toBe(outcome);
    if (outcome === 'good') expect(at(made + 961_000)).toBe('ocsp-8 too old');
  });
});
