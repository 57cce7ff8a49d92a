/** What a provider can say wrongly in its ID token, and how: each is one row of factors/mobile-eid/README.md. */
import { generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto';
import * as jose from 'jose';

export interface Bent {
  claims: Record<string, unknown>;
  /** Signs it, or not. */
  sign: 'right' | 'other key' | 'none' | 'secret';
  encrypt: 'right' | 'other key' | 'not' | 'other content';
}

type Bend = (bent: Bent, now: number) => void;
const claim =
  (name: string, value: unknown): Bend =>
  ({ claims }) => {
    claims[name] = value;
  };
const without =
  (name: string): Bend =>
  ({ claims }) => {
    claims[name] = undefined;
  };

/** By the name of the lie: the row that must refuse it, and what it does. */
export const tokenLies: Readonly<Record<string, readonly [row: string, bend: Bend]>> = {
  'issuer of somebody else': ['issuer', claim('iss', 'https://idp.attacker.example')],
  'issuer with a slash more': ['issuer', ({ claims }) => void (claims['iss'] = `${String(claims['iss'])}/`)],
  'no issuer': ['issuer', without('iss')],
  'for another client': ['audience', claim('aud', 'another-client')],
  'for two clients, used by the other': [
    'audience',
    ({ claims }) => void Object.assign(claims, { aud: [claims['aud'], 'other'], azp: 'other' }),
  ],
  'no audience': ['audience', without('aud')],
  'nonce of another question': ['nonce', claim('nonce', randomBytes(32).toString('base64url'))],
  'no nonce': ['nonce', without('nonce')],
  'acr of a weaker way': ['acr', claim('acr', 'tag:weaker')],
  'acr by its prototype': ['acr', claim('acr', 'constructor')],
  'no acr': ['acr', without('acr')],
  'acr that is a list': ['acr', claim('acr', ['http://itsme.services/v2/claim/acr_advanced'])],
  'signed by another key': ['signature', (bent) => void (bent.sign = 'other key')],
  'not signed': ['signature', (bent) => void (bent.sign = 'none')],
  'signed by a secret': ['signature', (bent) => void (bent.sign = 'secret')],
  'not encrypted': ['encryption', (bent) => void (bent.encrypt = 'not')],
  'encrypted for somebody else': ['encryption', (bent) => void (bent.encrypt = 'other key')],
  'encrypted by another algorithm': ['encryption', (bent) => void (bent.encrypt = 'other content')],
  'long over': ['time', ({ claims }, now) => void Object.assign(claims, { iat: now - 7_200, exp: now - 3_600 })],
  'no end': ['time', without('exp')],
  'from the future': [
    'time',
    ({ claims }, now) => void Object.assign(claims, { iat: now + 3_600, exp: now + 7_200, nbf: now + 3_600 }),
  ],
  'no subject': ['subject', without('sub')],
  'empty subject': ['subject', claim('sub', '')],
  'subject that is too long': ['subject', claim('sub', 's'.repeat(256))],
};

const other = (): JsonWebKey =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const strangers = { sign: other(), encrypt: other() };

/** Signs and encrypts as bent. @param keys the signing key of the provider, and our public key for encryption */
export async function makeToken(
  { claims, sign, encrypt }: Bent,
  { signing, encryption }: { readonly signing: JsonWebKey; readonly encryption: JsonWebKey },
): Promise<string> {
  const signed = await signToken(claims, sign, signing);
  if (encrypt === 'not') return signed;
  const key = encrypt === 'other key' ? publicOf(strangers.encrypt) : encryption;
  return new jose.CompactEncrypt(new TextEncoder().encode(signed))
    .setProtectedHeader({
      alg: 'RSA-OAEP-256',
      enc: encrypt === 'other content' ? 'A256GCM' : 'A128CBC-HS256',
      cty: 'JWT',
      kid: String(encryption['kid']),
    })
    .encrypt(await jose.importJWK(key, 'RSA-OAEP-256'));
}

async function signToken(claims: Record<string, unknown>, sign: Bent['sign'], signing: JsonWebKey): Promise<string> {
  const told = JSON.parse(JSON.stringify(claims)) as jose.JWTPayload;
  if (sign === 'none') return new jose.UnsecuredJWT(told).encode();
  const kid = String(signing['kid']);
  if (sign === 'secret')
    return new jose.SignJWT(told)
      .setProtectedHeader({ alg: 'HS256', kid })
      .sign(new TextEncoder().encode(kid.repeat(2)));
  const jwk = sign === 'other key' ? strangers.sign : signing;
  return new jose.SignJWT(told).setProtectedHeader({ alg: 'RS256', kid }).sign(await jose.importJWK(jwk, 'RS256'));
}

const publicOf = ({ kty, n, e }: JsonWebKey): JsonWebKey => ({ kty: String(kty), n: String(n), e: String(e) });
