/**
 * The engine's keys for signing and derivation, made at the first start and stored sealed. The order matters: the first
 * signing key that fits and the first cookie key sign, all of them verify. So a new key is appended, waits until
 * everybody has fetched it, and only then moves to the front (key-ring.ts).
 */
import { createHash, generateKeyPair, randomBytes, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Clock } from '../time/clock.ts';
import type { KeptKeys } from './kept-keys.ts';
import type { RingChange, RingKey } from './key-ring.ts';

export interface EngineKeys {
  /** Private keys as JWK (RFC 7517), RS256 before ES256. Never logged, never sent. */
  readonly jwks: { readonly keys: readonly JsonWebKey[] };
  readonly cookieKeys: readonly string[];
  /** Key of the pairwise `sub`: never changes, because every relying party would lose its accounts. */
  readonly pairwiseSalt: string;
}

export interface SigningKey extends RingKey {
  readonly jwk: JsonWebKey;
}
export interface CookieKey extends RingKey {
  readonly secret: string;
}
/** A list of keys that replace each other: the id of its document, and the type of its keys. */
export interface Rings {
  readonly signing: SigningKey;
  readonly cookies: CookieKey;
}
export type RingName = keyof Rings;
export const signingAlgs = ['RS256', 'ES256'] as const;
export type SigningAlg = (typeof signingAlgs)[number];

const generate = promisify(generateKeyPair);
const times = { addedAt: z.number(), promotedAt: z.number().optional(), replacedAt: z.number().optional() };
const jwkShape = z.looseObject({ kty: z.string(), alg: z.string() });
const named = { id: z.string(), group: z.string(), ...times };
const shapes = {
  signing: z.array(z.union([z.strictObject({ ...named, jwk: jwkShape }), jwkShape])),
  cookies: z.array(z.union([z.strictObject({ ...named, secret: z.string() }), z.string()])),
};

/**
 * Reads the keys, or makes them. Several processes that start at once on an empty store get the same ones: the insert
 * decides. Throws `RootKeyDiffers` if this root key cannot open the stored keys.
 */
export async function loadKeys({
  kept,
  clock,
}: {
  readonly kept: KeptKeys;
  readonly clock: Clock;
}): Promise<EngineKeys> {
  const now = clock.now();
  const [signing, cookies, pairwise] = await Promise.all([
    kept.readOrMake('signing', () =>
      Promise.all(signingAlgs.map(async (alg) => ({ ...(await makeSigningKey(alg, now)), promotedAt: now }))),
    ),
    kept.readOrMake('cookies', () => [{ ...makeCookieKey(now), promotedAt: now }]),
    kept.readOrMake('pairwise', () => randomBytes(32).toString('base64url')),
  ]);
  return engineKeysOf(signingKeysOf(signing.value), cookieKeysOf(cookies.value), z.string().parse(pairwise.value));
}

const engineKeysOf = (
  signing: readonly SigningKey[],
  cookies: readonly CookieKey[],
  pairwiseSalt: string,
): EngineKeys => ({
  jwks: { keys: signing.map(({ jwk }) => jwk) },
  cookieKeys: cookies.map(({ secret }) => secret),
  pairwiseSalt,
});

/** The keys of a ring. Makes them if there are none. */
export async function ringOf<N extends RingName>(kept: KeptKeys, name: N, clock: Clock): Promise<readonly Rings[N][]> {
  const found = await kept.read(name);
  if (found) return parsed(name, found.value);
  await loadKeys({ kept, clock });
  return ringOf(kept, name, clock);
}

/** Changes a ring by a rule; tries again if another process was faster. */
export async function changeRing<N extends RingName>(
  kept: KeptKeys,
  name: N,
  change: (keys: readonly Rings[N][]) => RingChange<Rings[N]>,
): Promise<RingChange<Rings[N]>> {
  for (;;) {
    const found = await kept.read(name);
    if (!found) return { ok: false, why: 'no-such-key' };
    const changed = change(parsed(name, found.value));
    if (!changed.ok || (await kept.replace(name, changed.keys, found.version))) return changed;
  }
}

/** One algorithm for each key (RFC 8725 §3.1); made on the thread pool. It has signed nothing yet. */
export async function makeSigningKey(alg: SigningAlg, now: number): Promise<SigningKey> {
  const { privateKey } = await (alg === 'RS256'
    ? generate('rsa', { modulusLength: 2048 })
    : generate('ec', { namedCurve: 'P-256' }));
  return signingKeyOf({ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg }, { addedAt: now });
}

export const makeCookieKey = (now: number): CookieKey => cookieKeyOf(randomBytes(32).toString('base64url'), now);

type Times = Pick<RingKey, 'addedAt' | 'promotedAt' | 'replacedAt'>;
const signingKeyOf = (jwk: JsonWebKey, since: Times): SigningKey => {
  const kid = typeof jwk['kid'] === 'string' ? jwk['kid'] : thumbprint(jwk);
  return { id: kid, group: String(jwk['alg']), ...since, jwk: { ...jwk, kid } };
};
const cookieKeyOf = (secret: string, addedAt: number): CookieKey => ({
  id: createHash('sha256').update(`cookie key ${secret}`).digest('base64url').slice(0, 12),
  group: 'cookie',
  addedAt,
  secret,
});

/** RFC 7638; the engine uses the same names. */
function thumbprint({ kty, crv, e, n, x, y }: JsonWebKey): string {
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

function parsed<N extends RingName>(name: N, value: unknown): readonly Rings[N][] {
  const keys: readonly RingKey[] = name === 'signing' ? signingKeysOf(value) : cookieKeysOf(value);
  return keys as readonly Rings[N][];
}

/** Keys of the first releases have no times: they count as signing from the beginning. */
const sinceEver = { addedAt: 0, promotedAt: 0 };
const signingKeysOf = (value: unknown): readonly SigningKey[] =>
  shapes.signing
    .parse(value)
    .map((key) =>
      'jwk' in key && 'addedAt' in key ? (key as SigningKey) : signingKeyOf(key as JsonWebKey, sinceEver),
    );
const cookieKeysOf = (value: unknown): readonly CookieKey[] =>
  shapes.cookies
    .parse(value)
    .map((key) => (typeof key === 'string' ? { ...cookieKeyOf(key, 0), promotedAt: 0 } : (key as CookieKey)));
