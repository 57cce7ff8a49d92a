import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { factorTools, jan } from '../../test/harness/factor-tools.ts';
import {
  createSoftwareAuthenticator,
  knownModel,
  metadataFile,
  signedMetadata,
} from '../../test/harness/software-authenticator.ts';
import passkey from '../passkey/factor.ts';
import { parseMetadata, readMetadata } from './webauthn-metadata.ts';
import { certificatesIn, fidoMetadataRoots, leadsTo } from './webauthn-trust.ts';

const now = Date.UTC(2024, 0, 30);
const fixtures = join(import.meta.dirname, '../../test/fixtures');
const der = async (file: string) =>
  Buffer.from((await readFile(join(fixtures, file), 'utf8')).replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
const text = await readFile(metadataFile, 'utf8');
const [leaf, root, foreign] = await Promise.all([
  der('attestation/leaf.pem'),
  der('attestation/root.pem'),
  der('smtp-certificate.pem'),
]);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metadata-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a chain of certificates', () => {
  test.each<[string, readonly Buffer[], readonly Buffer[], number, boolean]>([
    ['leads to its root', [leaf], [root], now, true],
    ['may bring the root along', [leaf, root], [root], now, true],
    ['may be named itself', [leaf], [leaf], now, true],
    ['leads to no other', [leaf], [foreign], now, false],
    ['needs a root at all', [leaf, root], [], now, false],
    ['is not led on by who is no authority', [root, leaf], [foreign], now, false],
    ['does not begin in the future', [leaf], [root], Date.UTC(2019, 0, 1), false],
    ['does not last for ever', [leaf], [root], Date.UTC(2121, 0, 1), false],
    ['has an end', Array.from({ length: 7 }, () => leaf), [root], now, false],
    ['is made of certificates', [Buffer.from('x')], [root], now, false],
    ['is not helped by a root that is none', [leaf], [Buffer.from('x')], now, false],
  ])('%s', (_name, chain, roots, at, trusted) => {
    expect(leadsTo(chain, roots, at)).toBe(trusted);
  });
});

describe('metadata', () => {
  const { entries } = JSON.parse(text) as { readonly entries: readonly { readonly metadataStatement: object }[] };
  const statement = entries[0]?.metadataStatement;
  test.each<[string, string]>([
    ['as the service gives it', text],
    ['as statements', JSON.stringify([statement])],
    ['as one statement', JSON.stringify(statement)],
  ])('%s', (_name, given) => {
    expect(parseMetadata(given)).toEqual({ models: new Map([[knownModel, { roots: [root], fallen: false }]]) });
  });
  test('A-209a in its signed form, with who signed it', async () => {
    const signed = await readFile(signedMetadata, 'utf8');
    expect(parseMetadata(signed)).toEqual({ models: parseMetadata(text).models, signers: [leaf] });
    const [header = '', payload = '', signature = ''] = signed.trim().split('.');
    const decoded = Buffer.from(payload, 'base64url').toString('utf8');
    const other = Buffer.from(decoded.replace('FIDO_CERTIFIED', 'REVOKED')).toString('base64url');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const forged of [
      [header, other, signature],
      [header, payload, `A${signature.slice(1)}`],
      [header, payload, ''],
      [none, payload, ''],
    ])
      expect(() => parseMetadata(forged.join('.'))).toThrow(/\S/);
  });
  test('A-209a FIDO’s roots are those that the WebAuthn library knows', async () => {
    const { SettingsService } = await import('@simplewebauthn/server');
    const theirs = SettingsService.getRootCertificates({ identifier: 'mds' }).flatMap((pem) => certificatesIn(pem));
    const digests = (all: readonly Uint8Array[]) => all.map((one) => Buffer.from(one).toString('base64')).toSorted();
    expect(digests(fidoMetadataRoots())).toEqual(digests(theirs));
  });
  test.each(['', 'x', '{}', '[{"aaguid":1}]', 'a.b.c', '{"entries":{}}'])('%j is none', (given) => {
    expect(() => parseMetadata(given)).toThrow(/\S/);
  });
  test('is read once', async () => {
    const file = join(folder, 'once.json');
    await writeFile(file, text);
    const first = readMetadata(file);
    await writeFile(file, '{}');
    expect(readMetadata(file)).toBe(first);
  });

  test.each([
    ['FIDO_CERTIFIED', true],
    ['REVOKED', false],
    ['ATTESTATION_KEY_COMPROMISE', false],
    ['USER_VERIFICATION_BYPASS', false],
    ['USER_KEY_REMOTE_COMPROMISE', false],
    ['USER_KEY_PHYSICAL_COMPROMISE', false],
  ])('A-039 a model of which is said %s: taken %s', async (status, taken) => {
    const metadata = join(folder, `${status}.json`);
    await writeFile(metadata, text.replace('FIDO_CERTIFIED', status));
    const tools = factorTools(passkey.settings.parse({ attestation: 'trusted', metadata }), now);
    const begun = await passkey.begin(tools, jan, {});
    if (!begun.ok) throw new Error(begun.reason);
    const { pending, shows } = begun.value;
    const device = createSoftwareAuthenticator({ attests: 'maker', aaguid: knownModel });
    const outcome = await passkey.confirm(tools, pending, { credential: device.create(String(shows['options'])) });
    expect(outcome).toMatchObject(taken ? { ok: true } : { ok: false, reason: 'device_refused' });
  });
});
