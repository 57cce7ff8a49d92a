/** A provider that knows us by a certificate: its server demands one in TLS (RFC 8705). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createFetch } from '../../provider/guarded-fetch.ts';
import { createMutualTls } from '../../test/eid-world/mutual-tls.ts';
import { startSmallUpstream } from '../../test/eid-world/small-upstream.ts';
import { factorTools } from '../contract-suite/tools.ts';
import type { Outcome, Tools } from '../contract.ts';
import { begin, confirm } from './enrol.ts';
import { leave } from './leave.ts';
import { settings as schema, type Settings } from './settings.ts';

const now = Date.now();
const acr = 'http://eidas.europa.eu/LoA/high';
const mutual = await createMutualTls(now);
const upstream = await startSmallUpstream(acr, { mutual, algorithms: { signing: 'PS256' } });
const folder = mkdtempSync(join(tmpdir(), 'rekey-mutual-tls-'));
writeFileSync(
  join(folder, 'gateway.yaml'),
  `name: Gateway
notified: 'eIDAS level high: an example'
scope: openid
authentication: [tls_client_auth]
assertionAudience: issuer
signing: PS256
acr: { ask: ['${acr}'], levels: { '${acr}': high }, absent: refuse }
parameters: {}
`,
);
// As `NODE_EXTRA_CA_CERTS` would: the CA of the provider's own certificate.
const before = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...before, mutual.serverCa]));
afterAll(() => {
  setDefaultCACertificates(before);
  rmSync(folder, { recursive: true });
});

const given = (certificate?: string) => ({
  linkKey: 'k'.repeat(32),
  presetFiles: folder,
  upstreams: [{ id: 'gateway', preset: 'gateway', issuer: upstream.issuer, clientId: 'rekey', certificate }],
});
function toolsOf(certificate?: string) {
  const logged: string[] = [];
  const fetch = createFetch(['127.0.0.1']);
  const tools: Tools<Settings> = { ...factorTools(schema.parse(given(certificate)), now, logged), fetch };
  return { tools, logged };
}
const value = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(`refused: ${outcome.reason}`);
  return outcome.value;
};
async function linked(certificate: string) {
  const { tools, logged } = toolsOf(certificate);
  const { pending } = value(await begin(tools));
  const { to } = value(await leave(tools, pending));
  upstream.now = now;
  return { outcome: await confirm(tools, pending, upstream.confirm(to, 'jan')), logged };
}

describe('A-571 mutual TLS with a provider', () => {
  test('the certificate of the client is shown, and the code is exchanged', async () => {
    const { outcome, logged } = await linked(mutual.client);
    expect(logged).toEqual([]);
    expect(outcome).toMatchObject({ ok: true, value: { facts: { level: 'high' } } });
  });

  test.each([
    ['of a neighbour, whom the provider does not know as us', mutual.neighbour, 'exchange'],
    ['of a CA that the provider does not know', mutual.stranger, 'reach'],
  ])('a certificate %s lets nobody in', async (_case, certificate, row) => {
    const { outcome, logged } = await linked(certificate);
    expect(outcome).toEqual({ ok: false, reason: 'site_unavailable' });
    expect(logged.at(-1)).toContain(`"row":"${row}"`);
    expect(logged.join()).not.toContain('BEGIN');
  });

  test('a provider whose own certificate is of an unknown CA gets no certificate and no code', async () => {
    setDefaultCACertificates(before);
    try {
      const { outcome, logged } = await linked(mutual.client);
      expect(outcome).toEqual({ ok: false, reason: 'site_unavailable' });
      expect(logged.at(-1)).toContain('"row":"reach"');
    } finally {
      setDefaultCACertificates([...before, mutual.serverCa]);
    }
  });

  test.each([
    ['none', undefined, 'keys: there is nothing to identify us by (tls_client_auth)'],
    ['no PEM', 'a certificate', 'certificate: expected a certificate and its private key, both PEM'],
    [
      'without its key',
      mutual.client.slice(0, mutual.client.indexOf('-----BEGIN PRIVATE')),
      'certificate: expected a certificate and its private key, both PEM',
    ],
    [
      'with the key of another',
      mutual.client.slice(0, mutual.client.indexOf('-----BEGIN PRIVATE')) +
        mutual.neighbour.slice(mutual.neighbour.indexOf('-----BEGIN PRIVATE')),
      'certificate: expected a certificate and its private key, both PEM',
    ],
  ])('a configured certificate: %s', (_case, certificate, fault) => {
    const read = schema.safeParse(given(certificate));
    expect(read.error?.issues.map(({ path, message }) => `${String(path.at(-1))}: ${message}`)).toEqual([fault]);
  });
});
