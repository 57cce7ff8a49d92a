/** The engine's settings as plain data: `config/` reads and checks them. Durations in seconds. */
import type { FactorId, Language } from '../factors/contract.ts';
import type { Acrs } from '../factors/policy/assurance.ts';
import type { Level } from '../factors/policy/types.ts';
import type { ApiSettings } from './apis.ts';
import type { ClientClaims } from './client-claims.ts';
import type { ActionKind } from './asked-action.ts';
import type { SignInLimits } from './sign-in-buckets.ts';
import type { TrustedProxies } from './forwarded-address.ts';

export type TokenEndpointAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
export type IdTokenAlg = 'RS256' | 'ES256';

/** A relying party. The comments give the defaults. */
export interface ClientSettings extends ClientClaims {
  readonly id: string;
  /** Shown to people. */
  readonly name: string;
  /** For `client_secret_basic` and `client_secret_post`. */
  readonly secret?: string | undefined;
  /** `native`: an application on a device (RFC 8252); `web`. */
  readonly application?: 'web' | 'native' | undefined;
  /** Held to the FAPI 2.0 Security Profile: no. */
  readonly profile?: 'fapi2' | undefined;
  /** Its own address, where people begin. */
  readonly url?: string | undefined;
  /** Where its sign-in begins (OpenID Connect Core 1.0 §4). */
  readonly initiateLoginUri?: string | undefined;
  /** After so long its sign-in begins anew there: 5. */
  readonly initiateLoginAfterMinutes?: number | undefined;
  /** Compared exactly, character by character (RFC 9700 §2.1). */
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[] | undefined;
  /** `required`. A public client (`none`) always needs it. */
  readonly pkce?: 'required' | 'optional' | undefined;
  /** The weakest sign-in that this relying party accepts: `low`. */
  readonly level?: Level | undefined;
  /** Factors that may sign in here; absent: all. */
  readonly accepts?: readonly FactorId[] | undefined;
  /**
   * The highest level of the keys that it accepts; a request above it is refused before any page: `highestLevel` of the
   * engine.
   */
  readonly highestLevel?: Level | undefined;
  /** `pairwise` (OpenID Connect Core 1.0 §8.1). */
  readonly subject?: 'pairwise' | 'public' | undefined;
  /**
   * Host that is shared by clients that get the same `sub`: the host of the first redirect URI. Required if redirect
   * URIs have several hosts.
   */
  readonly sectorIdentifier?: string | undefined;
  /** `RS256`, which every relying party understands. */
  readonly idTokenAlg?: IdTokenAlg | undefined;
  /** `client_secret_basic`. */
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod | undefined;
  /** Public keys for `private_key_jwt`: one of the two. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined;
  readonly jwksUri?: string | undefined;
  /** Whether refresh tokens are issued: no. */
  readonly refresh?: boolean | undefined;
  /** Whether it may get tokens for itself: no. */
  readonly clientCredentials?: boolean | undefined;
  /** Whether people sign in at it with a code that a device shows (RFC 8628): no. */
  readonly deviceGrant?: boolean | undefined;
  /** Of a public web client the origins of its redirect addresses. Origins of scripts that may call the token, userinfo, revocation and introspection endpoints. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Whether people are asked before each sign-out that it asks for: only without an ID token of the session. */
  readonly askOnLogout?: boolean | undefined;
  readonly backchannelLogoutUri?: string | undefined;
  /** Whether logout tokens and ID tokens carry `sid`: yes. */
  readonly backchannelLogoutSessionRequired?: boolean | undefined;
  /** The permitted scopes: `openid profile email`. */
  readonly scopes?: readonly string[] | undefined;
  /** Whether it is a third party, so that people are asked before it gets anything: no. */
  readonly thirdParty?: boolean | undefined;
  /** What it may ask people to do with their account (`rekey_action`): nothing. */
  readonly actions?: readonly ActionKind[] | undefined;
  /** Whether only pushed authorization requests (RFC 9126) are accepted: no. */
  readonly requirePushedRequests?: boolean | undefined;
  /** Whether only sender-constrained tokens (RFC 9449) are issued: no. */
  readonly requireDpop?: boolean | undefined;
}

export interface SessionSettings {
  /** From the sign-in to the end, used or not: 86,400. */
  readonly absoluteSeconds: number;
  /** From one authorization request to the next: 3,600. */
  readonly idleSeconds: number;
}

export interface EngineSettings {
  /** Origin without a path and without a slash at the end. `http` only on one machine and for tests. */
  readonly issuer: string;
  readonly acrs: Acrs;
  /** The highest level of any enabled factor, for discovery. Absent: `high`. */
  readonly highestLevel?: Level | undefined;
  readonly sessions: SessionSettings;
  /** The longest duration of a sign-in, enrolment included: 3,600. */
  readonly interactionSeconds: number;
  /** Absolute end of a family of refresh tokens: 86,400. */
  readonly refreshSeconds?: number | undefined;
  /** How long a used refresh token returns the same successor again: 20; 0: not at all. */
  readonly refreshGraceSeconds?: number | undefined;
  readonly clients: readonly ClientSettings[];
  /** APIs for which access tokens are issued: none. */
  readonly apis?: readonly ApiSettings[] | undefined;
  /** Our own reverse proxies, which set `X-Forwarded-For`. */
  readonly proxy: TrustedProxies;
  /** The limit of new sign-ins from one network; absent: no limit. */
  readonly signInLimits?: SignInLimits | undefined;
  /** Internal hosts (`name` or `name:port`) that may be called for back-channel logout and `jwks_uri`. */
  readonly allowInternalHosts?: readonly string[] | undefined;
  readonly languages?: readonly Language[] | undefined;
}
