/**
 * A provider as openid-client knows it: its metadata and signing keys, kept for a while in this process, our keys, and
 * all requests together within one limit of time. Made anew for each page, so that its clock is the given one.
 */
import {
  allowInsecureRequests,
  clockSkew,
  Configuration,
  customFetch,
  discovery,
  enableDecryptingResponses,
  enableNonRepudiationChecks,
  getJwksCache,
  setJwksCache,
  type CustomFetch,
  type ServerMetadata,
} from 'openid-client';
import type { Tools } from '../contract.ts';
import { AnswerFault } from './fault.ts';
import { clientAuthOf, ourKeys } from './our-keys.ts';
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
  const ours = ourKeys(upstream, preset);
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
      ...(ours.authentication === 'tls_client_auth' ? { use_mtls_endpoint_aliases: true } : {}),
    },
    clientAuthOf(upstream, preset, ours, known.metadata),
  );
  const watch = watchToken(known.metadata, fetching);
  config[customFetch] = watch.fetching;
  if (insecure) allowInsecureRequests(config);
  // The library's default accepts a wrong signature when the token came by TLS.
  enableNonRepudiationChecks(config);
  if (preset.encryption) enableDecryptingResponses(config, [...preset.encryption.content], ...ours.decryption);
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
