/** What the engine is told. Plain data: `config/` reads and checks it, nothing here does. Durations in seconds. */
import type { FactorId, Language } from '../factors/contract.ts';
import type { Acrs } from '../factors/policy/assurance.ts';
import type { Level } from '../factors/policy/types.ts';
import type { SignInLimits } from './sign-in-buckets.ts';
import type { TrustedProxies } from './forwarded-address.ts';

export type TokenEndpointAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
export type IdTokenAlg = 'RS256' | 'ES256';

/** A relying party. What is left out has the value named beside it. */
export interface ClientSettings {
  readonly id: string;
  /** Shown to people. */
  readonly name: string;
  /** For `client_secret_basic` and `client_secret_post`. */
  readonly secret?: string | undefined;
  /** Compared whole, character by character (RFC 9700 §2.1). */
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[] | undefined;
  /** `required`. A public client (`none`) needs it whatever stands here. */
  readonly pkce?: 'required' | 'optional' | undefined;
  /** The weakest sign-in that this relying party accepts: `low`. */
  readonly level?: Level | undefined;
  /** Kinds of keys that may sign in here; absent: all. */
  readonly accepts?: readonly FactorId[] | undefined;
  /** The strongest level that the keys it takes can give; a request above it is refused before any page: `highestLevel` of the engine. */
  readonly highestLevel?: Level | undefined;
  /** `pairwise` (OpenID Connect Core 1.0 §8.1). */
  readonly subject?: 'pairwise' | 'public' | undefined;
  /** Host shared by clients that shall see one `sub`: the host of the first redirect URI. Must be given when redirect URIs have several hosts. */
  readonly sectorIdentifier?: string | undefined;
  /** `RS256`, which every relying party understands. */
  readonly idTokenAlg?: IdTokenAlg | undefined;
  /** `client_secret_basic`. */
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod | undefined;
  /** Public keys for `private_key_jwt`: either of the two. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined;
  readonly jwksUri?: string | undefined;
  /** Whether refresh tokens are given out: no. */
  readonly refresh?: boolean | undefined;
  /** Origins of scripts that may call the token, userinfo, revocation and introspection endpoints. */
  readonly corsOrigins?: readonly string[] | undefined;
  readonly backchannelLogoutUri?: string | undefined;
  /** Whether logout tokens and ID tokens carry `sid`: yes. */
  readonly backchannelLogoutSessionRequired?: boolean | undefined;
  /** What may be asked for: `openid profile email`. */
  readonly scopes?: readonly string[] | undefined;
  /** Only pushed authorization requests (RFC 9126) are taken: no. */
  readonly requirePushedRequests?: boolean | undefined;
  /** Only sender-constrained tokens (RFC 9449) are given out: no. */
  readonly requireDpop?: boolean | undefined;
}

export interface SessionSettings {
  /** From the sign-in to the end, whatever happens: 86,400. */
  readonly absoluteSeconds: number;
  /** From one authorization request to the next: 3,600. */
  readonly idleSeconds: number;
}

export interface EngineSettings {
  /** Origin without path and without a slash at the end. `http` only for one's own machine and for tests. */
  readonly issuer: string;
  readonly acrs: Acrs;
  /** The strongest level that any enabled factor can give: what discovery tells. Absent: `high`. */
  readonly highestLevel?: Level | undefined;
  readonly sessions: SessionSettings;
  /** How long one sign-in may take, enrolment included: 3,600. */
  readonly interactionSeconds: number;
  /** Absolute end of a family of refresh tokens: 86,400. */
  readonly refreshSeconds?: number | undefined;
  /** For so long a used refresh token gives the same successor once more: 20; 0: not at all. */
  readonly refreshGraceSeconds?: number | undefined;
  readonly clients: readonly ClientSettings[];
  /** Which reverse proxies of our own stand in front and set `X-Forwarded-For`. */
  readonly proxy: TrustedProxies;
  /** How many sign-ins may be begun from one network; absent: any number. */
  readonly signInLimits?: SignInLimits | undefined;
  /** Hosts (`name` or `name:port`) inside the own network that may be called for back-channel logout and `jwks_uri`. */
  readonly allowInternalHosts?: readonly string[] | undefined;
  readonly languages?: readonly Language[] | undefined;
}
