/**
 * APIs for which access tokens are issued (RFC 8707, RFC 9068): which client gets which scopes, and who may look at
 * their tokens. The engine's `resourceIndicators` and `introspection` ask it.
 */
import { errors, type ResourceServer } from 'oidc-provider';

export interface ApiSettings {
  /** An absolute URI: `resource` of requests, `aud` of tokens. */
  readonly resource: string;
  /** By client id: the most that it gets. */
  readonly clients: Readonly<Record<string, readonly string[]>>;
  /** Clients that may introspect its tokens. */
  readonly introspectedBy: readonly string[];
  readonly accessToken: { readonly format: 'opaque' | 'jwt'; readonly minutes: number };
}

export interface Apis {
  /** Throws `invalid_target` for an API that is not known, or not this client's. One answer for both. */
  serverFor(resource: string, clientId: string): ResourceServer;
  /** What the client may get there; nothing where the API is not its own. */
  scopesFor(resource: string, clientId: string): readonly string[];
  /** @param audience of the token */
  mayIntrospect(clientId: string, audience: unknown): boolean;
}

export function createApis(settings: readonly ApiSettings[]): Apis {
  const byResource = new Map(settings.map((api) => [api.resource, api]));
  const scopesFor: Apis['scopesFor'] = (resource, clientId) => {
    const { clients = {} } = byResource.get(resource) ?? {};
    return (Object.hasOwn(clients, clientId) ? clients[clientId] : undefined) ?? [];
  };
  return {
    scopesFor,
    serverFor(resource, clientId) {
      const scopes = scopesFor(resource, clientId);
      const api = byResource.get(resource);
      if (!api || scopes.length === 0)
        throw new errors.InvalidTarget('no API of this `resource` is known here for this client: leave `resource` out');
      return {
        scope: scopes.join(' '),
        audience: resource,
        accessTokenTTL: api.accessToken.minutes * 60,
        accessTokenFormat: api.accessToken.format,
        ...(api.accessToken.format === 'jwt' ? { jwt: { sign: { alg: 'RS256' } } } : {}),
      };
    },
    mayIntrospect: (clientId, audience) =>
      typeof audience === 'string' && (byResource.get(audience)?.introspectedBy.includes(clientId) ?? false),
  };
}

interface Proved {
  readonly acr?: string | undefined;
  readonly amr?: readonly string[] | undefined;
  readonly authTime?: number | undefined;
}

/** How the person signed in, for the API (RFC 9068 §2.2.1, RFC 9470 §6). @param origin the code or the refresh token */
export function provedClaims(origin: Proved | undefined): Readonly<Record<string, unknown>> | undefined {
  if (origin?.authTime === undefined) return undefined;
  const { acr, amr, authTime } = origin;
  return {
    auth_time: authTime,
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr: [...amr] }),
  };
}
