/**
 * Relying parties: converts the settings to the engine's metadata, and answers the engine's questions about a client.
 */
import { createHmac } from 'node:crypto';
import type { ClientMetadata } from 'oidc-provider';
import { defined } from '../accounts/defined.ts';
import type { Level } from '../factors/policy/types.ts';
import type { ActionKind } from './asked-action.ts';
import { namesOf } from './client-claims.ts';
import type { ClientSettings } from './settings.ts';

const defaultScopes: readonly string[] = ['openid', 'profile', 'email'];

export interface Clients {
  readonly metadata: ClientMetadata[];
  /** Throws for an id that is not configured. */
  get(id: string): ClientSettings;
  find(id: string | undefined): ClientSettings | undefined;
  /** The weakest sign-in that it accepts. */
  floor(id: string): Level;
  /** The highest level of the keys that it accepts, if known. */
  highest(id: string): Level | undefined;
  needsPkce(id: string): boolean;
  /**
   * Whether the client has chosen the whole FAPI 2.0 Security Profile: its own keys, pushed requests, tokens bound to a
   * key. Then the audience of its assertions must be exactly the issuer, and its refresh tokens are not replaced at
   * every use (§5.3.2.1): a stolen one is useless without the key, and a lost answer would end the sign-in.
   */
  followsFapi(id: string): boolean;
  /** Whether some client gets tokens for itself (`client_credentials`). */
  readonly actForThemselves: boolean;
  /** Whether people sign in at some client, or at this one, with a code that a device shows (RFC 8628). */
  readonly signInDevices: boolean;
  signsInDevice(id: string): boolean;
  /**
   * Whether any program on the person's device could call itself this client and get the answer at this address: a
   * scheme of its own, and the loopback, are not its alone (RFC 8252 §8.6).
   */
  mayBeAnyProgram(id: string, redirectUri: unknown): boolean;
  allowsOrigin(id: string, origin: string): boolean;
  /** Where its sign-in begins anew, with our issuer, once `seconds` have passed since it began; or `undefined`. */
  beginsAnew(id: string, seconds: number): string | undefined;
  /** Whether its sign-outs are asked about, although it proves that they are meant. */
  asksOnLogout(id: string): boolean;
  /** Whether it may ask people for this action (`rekey_action`). */
  mayAsk(id: string, action: ActionKind): boolean;
  /** Whether people are asked before it gets anything about them. */
  isThirdParty(id: string): boolean;
  /** Whether there is any such client. */
  readonly hasThirdParties: boolean;
  scopes(id: string): readonly string[];
  /** The claims about a person that it may ask for by name. */
  claims(id: string): ReadonlySet<string>;
  /** Claims that no standard scope has, of any client: discovery lists them. */
  readonly furtherClaims: readonly string[];
  /** All scopes that some client may request: discovery lists only these. */
  readonly offered: ReadonlySet<string>;
  /**
   * `sub` for the sector of this client, which is a host without its port (OpenID Connect Core 1.0 §8.1, RFC 3986
   * §3.2.2): keyed, so that nobody can compute it from an account id.
   */
  pairwiseSub(id: string, accountId: string): string;
  /** The `sub` of the account for this client. */
  subjectOf(id: string, accountId: string): string;
}

export function createClients(settings: readonly ClientSettings[], pairwiseSalt: string): Clients {
  const byId = new Map(settings.map((client) => [client.id, client]));
  const get = (id: string): ClientSettings => {
    const client = byId.get(id);
    if (!client) throw new Error('A client was asked for that is not configured.');
    return client;
  };
  const pairwiseSub: Clients['pairwiseSub'] = (id, accountId) =>
    createHmac('sha256', pairwiseSalt)
      .update(JSON.stringify([sectorOf(get(id)), accountId]))
      .digest('base64url');
  return {
    metadata: settings.map(metadataOf),
    get,
    find: (id) => (id === undefined ? undefined : byId.get(id)),
    floor: (id) => get(id).level ?? 'low',
    highest: (id) => get(id).highestLevel,
    needsPkce: (id) => get(id).pkce !== 'optional' || get(id).tokenEndpointAuthMethod === 'none',
    followsFapi(id) {
      const { profile, tokenEndpointAuthMethod, requirePushedRequests, requireDpop } = get(id);
      if (profile === 'fapi2') return true;
      return tokenEndpointAuthMethod === 'private_key_jwt' && requirePushedRequests === true && requireDpop === true;
    },
    actForThemselves: settings.some(({ clientCredentials }) => clientCredentials === true),
    signInDevices: settings.some(({ deviceGrant }) => deviceGrant === true),
    signsInDevice: (id) => byId.get(id)?.deviceGrant === true,
    mayBeAnyProgram: (id, redirectUri) =>
      get(id).application === 'native' && typeof redirectUri === 'string' && !redirectUri.startsWith('https:'),
    allowsOrigin: (id, origin) => originsOf(get(id)).includes(origin),
    beginsAnew(id, seconds) {
      const { initiateLoginUri, initiateLoginAfterMinutes = 5 } = get(id);
      return initiateLoginUri === undefined || seconds < initiateLoginAfterMinutes * 60 ? undefined : initiateLoginUri;
    },
    asksOnLogout: (id) => get(id).askOnLogout ?? false,
    mayAsk: (id, action) => get(id).actions?.includes(action) ?? false,
    isThirdParty: (id) => byId.get(id)?.thirdParty === true,
    hasThirdParties: settings.some(({ thirdParty }) => thirdParty === true),
    scopes: (id) => scopesOf(get(id)),
    claims: (id) => namesOf(get(id), scopesOf(get(id))),
    furtherClaims: [...new Set(settings.flatMap(({ claims }) => Object.keys(claims ?? {})))],
    offered: new Set(settings.flatMap(scopesOf)),
    pairwiseSub,
    subjectOf: (id, accountId) => (get(id).subject === 'public' ? accountId : pairwiseSub(id, accountId)),
  };
}

/** Scripts of a public client in a browser run where it is sent back to. */
function originsOf(client: ClientSettings): readonly string[] {
  if (client.corsOrigins) return client.corsOrigins;
  const inBrowser = client.tokenEndpointAuthMethod === 'none' && client.application !== 'native';
  return inBrowser ? client.redirectUris.map((uri) => new URL(uri).origin) : [];
}

/**
 * Of an application on a device the host that it has claimed; else itself: all of them have the same loopback address,
 * and a scheme of its own has no host.
 */
const sectorOfNative = (client: ClientSettings): string =>
  client.redirectUris.map((uri) => new URL(uri)).find(({ protocol }) => protocol === 'https:')?.hostname ??
  `native ${client.id}`;

/** It need not have one host for its redirect addresses. */
const hasNoHost = ({ application, redirectUris }: ClientSettings): boolean =>
  application === 'native' || redirectUris.length === 0;

function sectorOf(client: ClientSettings): string {
  if (hasNoHost(client) && client.sectorIdentifier === undefined) return sectorOfNative(client);
  return new URL(
    client.sectorIdentifier === undefined ? (client.redirectUris[0] ?? '') : `https://${client.sectorIdentifier}`,
  ).hostname;
}

function scopesOf(client: ClientSettings): readonly string[] {
  const scopes = client.scopes ?? defaultScopes;
  return client.refresh === true && !scopes.includes('offline_access') ? [...scopes, 'offline_access'] : scopes;
}

function metadataOf(client: ClientSettings): ClientMetadata {
  const redirects = client.redirectUris.length > 0;
  // Nobody signs in at a client without addresses and devices, so that nobody has a `sub` there.
  const signsIn = redirects || client.deviceGrant === true;
  const subject = signsIn ? (client.subject ?? 'pairwise') : 'public';
  return {
    client_id: client.id,
    client_name: client.name,
    application_type: client.application ?? 'web',
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...(client.postLogoutRedirectUris ?? [])],
    response_types: redirects ? ['code'] : [],
    grant_types: [
      ...(redirects ? ['authorization_code'] : []),
      ...(signsIn && client.refresh === true ? ['refresh_token'] : []),
      ...(client.clientCredentials === true ? ['client_credentials'] : []),
    ],
    token_endpoint_auth_method: client.tokenEndpointAuthMethod ?? 'client_secret_basic',
    id_token_signed_response_alg: client.idTokenAlg ?? 'RS256',
    subject_type: subject,
    require_pushed_authorization_requests: client.requirePushedRequests ?? false,
    dpop_bound_access_tokens: client.requireDpop ?? false,
    ...defined({ client_secret: client.secret, jwks: client.jwks, jwks_uri: client.jwksUri }),
    // It is never fetched, and `pairwiseSub` does not read it; the engine wants one where the addresses have no one host.
    ...(subject === 'pairwise' && (client.sectorIdentifier !== undefined || hasNoHost(client))
      ? { sector_identifier_uri: `https://${client.sectorIdentifier ?? 'native.invalid'}/` }
      : {}),
    ...(client.backchannelLogoutUri === undefined
      ? {}
      : {
          backchannel_logout_uri: client.backchannelLogoutUri,
          backchannel_logout_session_required: client.backchannelLogoutSessionRequired ?? true,
        }),
  };
}
