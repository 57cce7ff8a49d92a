/** Which features of the engine are on. Features that are not listed are experimental and off. */
import { errors, type Configuration } from 'oidc-provider';
import type { Clients } from './clients.ts';
import type { Judgement } from './judgement.ts';
import type { Pages } from './pages.ts';

type Features = NonNullable<Configuration['features']>;

export function createFeatures({
  pages,
  clients,
  isGood,
}: {
  readonly pages: Pages;
  readonly clients: Pick<Clients, 'followsFapi'>;
  /** Whether the evidence of a token is still valid. */
  readonly isGood: Judgement['isGood'];
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
    introspection: {
      enabled: true,
      allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId && (await isGood(token)),
    },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx, form) => pages.logout(ctx, form),
      postLogoutSuccessSource: async (ctx) => pages.signedOut(ctx),
    },
    backchannelLogout: { enabled: true },
    fapi: {
      enabled: true,
      profile: (_ctx, client) => (client !== undefined && clients.followsFapi(client.clientId) ? '2.0' : undefined),
    },

    resourceIndicators: {
      enabled: true,
      // RFC 8707 §2: tokens here are for userinfo alone, and one for another API is refused, not ignored.
      defaultResource: () => undefined,
      useGrantedResource: () => false,
      getResourceServerInfo: () => {
        throw new errors.InvalidTarget('no API of this `resource` is known here: leave `resource` out');
      },
    },

    devInteractions: { enabled: false },
    clientCredentials: { enabled: false },
    deviceFlow: { enabled: false },
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
