/**
 * A provider as openid-client knows it: its metadata and signing keys, kept for a while in this process, our keys, and
 * all requests together within one limit of time. Made anew for each page, so that its clock is the given one.
 */
import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  clockSkew,
  Configuration,
  customFetch,
  discovery,
  enableDecryptingResponses,
  enableNonRepudiationChecks,
  getJwksCache,
  modifyAssertion,
  PrivateKeyJwt,
  setJwksCache,
  TlsClientAuth,
  type ClientAuth,
  type CustomFetch,
  type DecryptionKey,
  type ServerMetadata,
} from 'openid-client';
import { createPrivateKey, type JsonWebKey, type KeyObject, type webcrypto } from 'node:crypto';
import type { Tools } from '../contract.ts';
import { AnswerFault } from './fault.ts';
import { authenticationOf, readKeys, type PrivateKey } from './keys.ts';
import { readPreset, type Preset } from './preset.ts';
import type { Settings, Upstream } from './settings.ts';

/** ms that metadata are used again. */
const metadataFor = 10 * 60_000;
/** Seconds after which the library asks again for keys when it meets an unknown one. */
const keysAskedAgainAfter = 60;

interface Kept {
  readonly metadata: ServerMetadata;
  readonly at: number;
  jwks?: { readonly keys: NonNullable<ReturnType<typeof getJwksCache>>; readonly at: number };
}
const kept = new Map<string, Kept>();

export interface OpenUpstream {
  readonly config: Configuration;
  readonly preset: Preset;
  readonly upstream: Upstream;
  /** To be called once its keys were used: they are used again for a while. */
  readonly keepKeys: () => void;
  /**
   * The ID token as it came: the library accepts one that is not encrypted, although it knows how to decrypt.
   */
  readonly rawToken: () => string | undefined;
}

export const nameOf = ({ name, preset }: Upstream, { presetFiles }: Settings): string =>
  name ?? readPreset(preset, presetFiles).name;

export const issuerOf = ({ issuer, preset }: Upstream, { presetFiles }: Settings): string =>
  issuer ?? readPreset(preset, presetFiles).issuer ?? '';

/** Throws what `faultOf` explains. */
export async function openUpstream(tools: Tools<Settings>, upstream: Upstream): Promise<OpenUpstream> {
  const { settings, now } = tools;
  const preset = readPreset(upstream.preset, settings.presetFiles);
  const issuer = issuerOf(upstream, settings);
  const fetching = fetchWithin(tools, upstream);
  const insecure = new URL(issuer).protocol === 'http:';
  const known = await metadataOf(issuer, upstream, fetching, now, insecure);
  const config = new Configuration(
    known.metadata,
    upstream.clientId,
    {
      id_token_signed_response_alg: preset.signing,
      // The given clock, not the machine's.
      [clockSkew]: Math.round((now - Date.now()) / 1_000),
      ...(preset.maxAgeSeconds === undefined ? {} : { require_auth_time: true }),
      ...(authenticationOf(upstream, preset) === 'tls_client_auth' ? { use_mtls_endpoint_aliases: true } : {}),
    },
    clientAuthOf(upstream, preset, known.metadata),
  );
  const watch = watchToken(known.metadata, fetching);
  config[customFetch] = watch.fetching;
  if (insecure) allowInsecureRequests(config);
  // The library's default accepts a wrong signature when the token came by TLS.
  enableNonRepudiationChecks(config);
  if (preset.encryption)
    enableDecryptingResponses(config, [...preset.encryption.content], ...decryptionKeys(upstream, preset));
  giveKeys(config, known, now);
  const keepKeys = (): void => {
    const keys = getJwksCache(config);
    if (keys) known.jwks = { keys, at: now };
  };
  return { config, preset, upstream, keepKeys, rawToken: watch.rawToken };
}

/** A key that is unknown makes the library ask for the keys again, however fresh they are: this follows a rotation. */
function giveKeys(config: Configuration, { jwks }: Kept, now: number): void {
  if (!jwks) return;
  const age = Math.max((now - jwks.at) / 1_000, keysAskedAgainAfter);
  setJwksCache(config, { jwks: jwks.keys.jwks, uat: Math.floor(Date.now() / 1_000 - age) });
}

function watchToken(metadata: ServerMetadata, fetching: CustomFetch) {
  const endpoints = [metadata.token_endpoint, metadata.mtls_endpoint_aliases?.token_endpoint];
  let token: string | undefined;
  const watching: CustomFetch = async (url, options) => {
    const response = await fetching(url, options);
    if (!endpoints.includes(url)) return response;
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => undefined);
    const found = (body as { readonly id_token?: unknown } | null | undefined)?.id_token;
    token = typeof found === 'string' ? found : undefined;
    return response;
  };
  return { fetching: watching, rawToken: () => token };
}

async function metadataOf(
  issuer: string,
  upstream: Upstream,
  fetching: CustomFetch,
  now: number,
  insecure: boolean,
): Promise<Kept> {
  const known = kept.get(issuer);
  if (known && now >= known.at && now < known.at + metadataFor) return known;
  const found = await discovery(new URL(issuer), upstream.clientId, undefined, undefined, {
    [customFetch]: fetching,
    ...(insecure ? { execute: [allowInsecureRequests] } : {}),
  });
  const metadata = found.serverMetadata();
  // The library compares addresses, in which a final slash is the same: the issuer of a token is compared letter by letter.
  if (metadata.issuer !== issuer && metadata.issuer !== `${issuer}/`)
    throw new AnswerFault('metadata', 'it calls itself otherwise', 'site_unavailable');
  const fresh: Kept = { metadata, at: now };
  kept.set(issuer, fresh);
  return fresh;
}

/** All requests of one page have one limit of time. */
function fetchWithin({ fetch, settings }: Tools<Settings>, { certificate }: Upstream): CustomFetch {
  const signal = AbortSignal.timeout(settings.patienceSeconds * 1_000);
  return (url, { body, headers, method }) =>
    fetch(url, {
      method,
      headers,
      signal,
      ...(body === undefined ? {} : { body }),
      ...(certificate === undefined ? {} : { certificate }),
    });
}

function clientAuthOf(upstream: Upstream, preset: Preset, metadata: ServerMetadata): ClientAuth {
  switch (authenticationOf(upstream, preset)) {
    case 'private_key_jwt':
      return privateKeyJwt(upstream, preset, metadata);
    case 'tls_client_auth':
      return TlsClientAuth();
    case 'client_secret_post':
      return ClientSecretPost(upstream.clientSecret ?? '');
    case 'client_secret_basic':
      return ClientSecretBasic(upstream.clientSecret ?? '');
    case undefined:
    default:
      throw new AnswerFault('metadata', 'there is nothing to identify us by', 'site_unavailable');
  }
}

function privateKeyJwt(
  upstream: Upstream,
  { assertionAudience }: Preset,
  { token_endpoint: endpoint }: ServerMetadata,
): ClientAuth {
  const jwk = readKeys(upstream.keys).find(({ use }) => use === 'sig');
  if (!jwk) throw new AnswerFault('metadata', 'there is no key to sign with', 'site_unavailable');
  const key = { key: importKey(jwk, 'sign', signatureOf(jwk)), kid: jwk.kid };
  if (assertionAudience === 'issuer' || endpoint === undefined) return PrivateKeyJwt(key);
  return PrivateKeyJwt(key, { [modifyAssertion]: (_header, payload) => void (payload['aud'] = endpoint) });
}

function decryptionKeys({ keys }: Upstream, { encryption }: Preset): DecryptionKey[] {
  const mine = readKeys(keys).filter(({ use }) => use === 'enc');
  const alg = encryption?.algorithm ?? 'RSA-OAEP-256';
  return mine.map((jwk) => ({
    key: importKey(jwk, jwk.kty === 'EC' ? 'deriveBits' : 'decrypt', encryptionOf(jwk, alg)),
    kid: jwk.kid,
    alg,
  }));
}

type Algorithm = Parameters<KeyObject['toCryptoKey']>[0];

const importKey = (jwk: PrivateKey, usage: webcrypto.KeyUsage, algorithm: Algorithm) =>
  createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' }).toCryptoKey(algorithm, false, [usage]);

/** RFC 7518 §3.1: RS256 unless the key says PS256; ECDSA by its curve. */
function signatureOf({ kty, alg, crv }: PrivateKey) {
  if (kty === 'EC') return { name: 'ECDSA', namedCurve: String(crv) };
  return { name: alg === 'PS256' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
}

const encryptionOf = ({ kty, crv }: PrivateKey, alg: string) =>
  kty === 'EC'
    ? { name: 'ECDH', namedCurve: String(crv) }
    : { name: 'RSA-OAEP', hash: alg === 'RSA-OAEP-256' ? 'SHA-256' : 'SHA-1' };
