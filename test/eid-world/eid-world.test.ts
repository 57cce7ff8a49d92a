import { createHash, verify, X509Certificate } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createCountry } from './country.ts';
import { signToken } from './software-card.ts';

const country = await createCountry(Date.now());
const { pki, responder } = country;
const folder = mkdtempSync(join(tmpdir(), 'rekey-eid-'));
afterAll(async () => {
  await responder.close();
  rmSync(folder, { recursive: true });
});
const openssl = spawnSync('openssl', ['version']).status === 0;

test('the chain of a card is one: card, issuing CA, root; the other PKI has the same names and other keys', async () => {
  for (const ca of [pki.citizenCa, pki.foreignerCa]) {
    const card = new X509Certificate((await country.cardBy(ca)).der);
    const issuer = new X509Certificate(ca.der);
    expect([card.checkIssued(issuer), card.verify(issuer.publicKey)]).toEqual([true, true]);
    expect(issuer.verify(new X509Certificate(pki.root.der).publicKey)).toBe(true);
  }
  const [ours, strange] = [pki.citizenCa, pki.strangeCa].map(({ der }) => new X509Certificate(der));
  expect(ours?.subject).toBe(strange?.subject);
  expect(ours?.fingerprint256).not.toBe(strange?.fingerprint256);
});

test('a card signs origin and nonce, and nothing else', async () => {
  const card = await country.card();
  const token = signToken(card, { origin: 'https://id.example.org', nonce: 'n'.repeat(44) });
  const digest = (text: string) => createHash('sha384').update(text).digest();
  const key = { key: new X509Certificate(card.der).publicKey, dsaEncoding: 'ieee-p1363' as const };
  const holds = (origin: string) =>
    verify(
      'sha384',
      Buffer.concat([digest(origin), digest('n'.repeat(44))]),
      key,
      Buffer.from(String(token['signature']), 'base64'),
    );
  expect([holds('https://id.example.org'), holds('https://id.example.com')]).toEqual([true, false]);
});

(openssl ? describe : describe.skip)('OpenSSL judges the responder', () => {
  const file = (name: string, der: Buffer) => {
    const path = join(folder, `${name}.pem`);
    writeFileSync(path, new X509Certificate(der).toString());
    return path;
  };

  test.each([
    ['good', /: good/, /Response verify OK/],
    ['signed by the CA', /: good/, /Response verify OK/],
    ['revoked', /: revoked/, /Response verify OK/],
    ['on hold', /certificateHold/, /Response verify OK/],
    ['unknown', /: unknown/, /Response verify OK/],
    ['wrong signature', undefined, /Response Verify Failure|Response verify failure/i],
    ['stranger', undefined, /Response Verify Failure/i],
    ['responder without purpose', undefined, /Response Verify Failure/i],
    ['other nonce', undefined, /Nonce Verify error/i],
  ] as const)('%s', async (behaviour, status, verified) => {
    responder.behaviour = behaviour;
    const card = await country.card();
    const child = spawn(
      'openssl',
      `ocsp -issuer ${file('ca', pki.citizenCa.der)} -cert ${file('card', card.der)} -CAfile ${file('root', pki.root.der)} -url ${responder.url}`.split(
        ' ',
      ),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += part.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    expect(said).toMatch(verified);
    if (status !== undefined) expect(said).toMatch(status);
  });
});
