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

/** The same, of a provider that was asked when the person was there last (`max_age`). */
export const ageLies: typeof tokenLies = {
  'was there long ago': ['time', ({ claims }, now) => void (claims['auth_time'] = now - 7_200)],
  'does not say when': ['time', without('auth_time')],
  'says when in words': ['form', claim('auth_time', 'just now')],
};

const other = (): JsonWebKey =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const strangers = { sign: other(), encrypt: other() };

/** How a provider signs and encrypts (RFC 7518); the default is that of itsme. */
export interface TokenAlgorithms {
  readonly signing: string;
  /** Absent: its tokens are not encrypted. */
  readonly encryption?: { readonly algorithm: string; readonly content: readonly string[] } | undefined;
}
const ofItsme: TokenAlgorithms = {
  signing: 'RS256',
  encryption: { algorithm: 'RSA-OAEP-256', content: ['A128CBC-HS256'] },
};

/** Signs and encrypts as bent. @param keys the signing key of the provider, and our public key for encryption */
export async function makeToken(
  { claims, sign, encrypt }: Bent,
  { signing, encryption }: { readonly signing: JsonWebKey; readonly encryption: JsonWebKey },
  algorithms = ofItsme,
): Promise<string> {
  const signed = await signToken(claims, sign, signing, algorithms.signing);
  const asked = algorithms.encryption;
  if (encrypt === 'not' || asked === undefined) return signed;
  const key = encrypt === 'other key' ? publicOf(strangers.encrypt) : encryption;
  const { alg: _any, ...bare } = key;
  return new jose.CompactEncrypt(new TextEncoder().encode(signed))
    .setProtectedHeader({
      alg: asked.algorithm,
      enc: encrypt === 'other content' ? 'A256GCM' : (asked.content[0] ?? ''),
      cty: 'JWT',
      kid: String(encryption['kid']),
    })
    .encrypt(await jose.importJWK(bare, asked.algorithm));
}

async function signToken(
  claims: Record<string, unknown>,
  sign: Bent['sign'],
  signing: JsonWebKey,
  alg: string,
): Promise<string> {
  const told = JSON.parse(JSON.stringify(claims)) as jose.JWTPayload;
  if (sign === 'none') return new jose.UnsecuredJWT(told).encode();
  const kid = String(signing['kid']);
  if (sign === 'secret')
    return new jose.SignJWT(told)
      .setProtectedHeader({ alg: 'HS256', kid })
      .sign(new TextEncoder().encode(kid.repeat(2)));
  const jwk = sign === 'other key' ? strangers.sign : signing;
  return new jose.SignJWT(told).setProtectedHeader({ alg, kid }).sign(await jose.importJWK(jwk, alg));
}

const publicOf = ({ kty, n, e }: JsonWebKey): JsonWebKey => ({ kty: String(kty), n: String(n), e: String(e) });
