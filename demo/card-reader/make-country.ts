/**
 * Writes the certificates of the demo's country beside this file: `node demo/card-reader/make-country.ts`. Needed once;
 * the root's SHA-256 stands in `country/files/zz.yaml`.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateOf, issuerName, rootName } from './certificates.ts';

const dates = { from: Date.UTC(2020, 0, 1), until: Date.UTC(2049, 11, 31) };
const root = certificateOf({ subject: rootName, issuer: rootName, isCa: true, ...dates });
const issuing = certificateOf({ subject: issuerName, issuer: rootName, isCa: true, ...dates });
const folder = join(import.meta.dirname, 'country/certificates/zz');
writeFileSync(join(folder, 'root.der'), root);
writeFileSync(join(folder, 'issuing.der'), issuing);
process.stdout.write(`${createHash('sha256').update(root).digest('hex')}\n`);
