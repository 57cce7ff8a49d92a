/** Which features of the engine are on. Features that are not listed are experimental and off. */
import { errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import type { Acrs } from '../factors/policy/assurance.ts';
import type { Apis } from './apis.ts';
import type { Clients } from './clients.ts';
import type { Judgement } from './judgement.ts';
import { introspectionPolicy } from './introspection.ts';
import type { Pages } from './pages.ts';
import { createLogoutSource } from './sign-out-at-once.ts';

type Features = NonNullable<Configuration['features']>;

export function createFeatures({
  pages,
  clients,
  apis,
  standing,
  acrs,
  deviceFlow,
}: {
  readonly pages: Pages;
  readonly clients: Clients;
  readonly apis: Apis;
  readonly standing: Judgement['ofToken'];
  readonly acrs: Acrs;
  readonly deviceFlow: NonNullable<Features['deviceFlow']>;
}): Features {
  return {
    claimsParameter: { enabled: true },
    userinfo: { enabled: true },
    pushedAuthorizationRequests: {
      enabled: true,
      requirePushedAuthorizationRequests: false,
      allowUnregisteredRedirectUris: false,
    },
    dPoP: { enabled: true, requireNonce: () => false, allowReplay: false },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    introspection: { enabled: true, allowedPolicy: introspectionPolicy({ clients, apis, standing, acrs }) },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: createLogoutSource(pages, clients),
      postLogoutSuccessSource: async (ctx) => pages.signedOut(ctx),
    },
    backchannelLogout: { enabled: true },
    fapi: {
      enabled: true,
      profile: (_ctx, client) => (client !== undefined && clients.followsFapi(client.clientId) ? '2.0' : undefined),
    },

    resourceIndicators: {
      enabled: true,
      // RFC 8707 §2: a token without `resource` is for userinfo alone, and an API that is not known is refused.
      defaultResource,
      useGrantedResource: () => false,
      getResourceServerInfo: (_ctx, resource, client) => apis.serverFor(resource, client.clientId),
    },

    devInteractions: { enabled: false },
    clientCredentials: { enabled: clients.actForThemselves },
    deviceFlow,
    ciba: { enabled: false },
    registration: { enabled: false },
    registrationManagement: { enabled: false },
    requestObjects: { enabled: false },
    encryption: { enabled: false },
    jwtIntrospection: { enabled: false },
    jwtResponseModes: { enabled: false },
    jwtUserinfo: { enabled: false },
    mTLS: { enabled: false },
  };
}

/** A token without a person is for an API, and for one alone. */
function defaultResource({ oidc }: KoaContextWithOIDC): undefined {
  if (oidc.params?.['grant_type'] === 'client_credentials' && oidc.params['resource'] === undefined)
    throw new errors.InvalidTarget('say for which API the token is: `resource`');
  return undefined;
}
