/** Writes a country as an operator has it: a country file, and a folder of CA certificates. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Country } from './country.ts';

const sha256 = (der: Buffer): string => createHash('sha256').update(der).digest('hex');

/** The country file alone, and an empty folder for certificates. @param folder an empty one; the country is `xx` */
export function writeRules(folder: string, change: Record<string, unknown>, ocsp: Record<string, unknown> = {}) {
  const [countryFiles, certificates] = [join(folder, 'files'), join(folder, 'certificates')];
  for (const path of [countryFiles, join(certificates, 'xx')]) mkdirSync(path, { recursive: true });
  const rules = {
    country: 'BE',
    level: 'high',
    notified: 'a country for tests',
    algorithms: ['ES384', 'RS256'],
    policies: ['2.16.56.12.1.1.2.2'],
    identifier: { prefix: false, pattern: '\\d{11}' },
    ocsp: {
      hosts: ['ocsp.example.org'],
      nonce: true,
      timeoutSeconds: 3,
      skewSeconds: 60,
      maxAgeSeconds: 900,
      cacheSeconds: 60,
      ...ocsp,
    },
    ...change,
  };
  if ('crl' in change) delete (rules as { ocsp?: unknown }).ocsp;
  // JSON is YAML.
  writeFileSync(join(countryFiles, 'xx.yaml'), JSON.stringify(rules));
  return { countries: ['xx'], certificates, countryFiles };
}

/** The country file, and the certificates of the root and both issuing CAs. */
export function writeCountry(
  folder: string,
  { pki, responder }: Pick<Country, 'pki' | 'responder'>,
  ocsp: Record<string, unknown> = {},
  change: Record<string, unknown> = {},
) {
  const { root, citizenCa, foreignerCa } = pki;
  const rules = { pinned: [sha256(root.der)], ...change };
  const places = writeRules(folder, rules, { hosts: [responder.host], ...ocsp });
  for (const [name, { der }] of Object.entries({ root, citizenCa, foreignerCa }))
    writeFileSync(join(places.certificates, 'xx', `${name}.der`), der);
  return places;
}
