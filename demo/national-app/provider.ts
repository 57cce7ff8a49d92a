/**
 * A national provider with its app: an OpenID provider, which pushes, encrypts and signs as itsme does. Its page takes
 * the place of the telephone. The demo has it on the helper page; tests listen with it, and make it lie.
 */
import { randomUUID, type JsonWebKey } from 'node:crypto';
import { Provider, type AdapterPayload, type Configuration, type JWK } from 'oidc-provider';
import type { Middleware } from 'koa';
import { appPage, type AppPageParts } from './app-page.ts';
import { memoryAdapters } from './memory.ts';

export type { AppPerson } from './app-page.ts';

export interface NationalClient {
  readonly id: string;
  /** Our public keys, with `use` and `kid`. */
  readonly keys: readonly JsonWebKey[];
  readonly redirectUris: readonly string[];
}

export interface NationalProviderParts extends AppPageParts {
  /** A path in it: everything lies below that. */
  readonly issuer: string;
  readonly client: NationalClient;
  /** RS256. */
  readonly signingKey: JWK;
  readonly now: () => number;
  /** Before everything that it answers. */
  readonly before?: Middleware;
}

export function createNationalProvider(parts: NationalProviderParts): Provider {
  const provider = new Provider(parts.issuer, configuration(parts));
  if (parts.before) provider.use(parts.before);
  provider.use(appPage(provider, parts));
  return provider;
}

const clientMetadata = ({ id, keys, redirectUris }: NationalClient): AdapterPayload => ({
  client_id: id,
  redirect_uris: [...redirectUris],
  response_types: ['code'],
  grant_types: ['authorization_code'],
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'RS256',
  jwks: { keys: [...keys] as JWK[] },
  id_token_signed_response_alg: 'RS256',
  id_token_encrypted_response_alg: 'RSA-OAEP-256',
  id_token_encrypted_response_enc: 'A128CBC-HS256',
});

const configuration = ({ issuer, client, people, acr, signingKey, now }: NationalProviderParts): Configuration => ({
  adapter: memoryAdapters({ [client.id]: clientMetadata(client) }, now),
  jwks: { keys: [signingKey] },
  acrValues: [acr],
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    encryption: { enabled: true },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    rpInitiatedLogout: { enabled: false },
  },
  // Its pages ask for the token endpoint in our assertion.
  assertJwtClientAuthClaimsAndHeader: async () => {},
  cookies: {
    names: { session: 'national-session', interaction: 'national-app', resume: 'national-resume' },
    keys: [randomUUID()],
  },
  interactions: { url: (_ctx, { uid }) => `${new URL(issuer).pathname.replace(/\/$/, '')}/app/${uid}` },
  findAccount: (_ctx, sub) =>
    people.some((one) => one.sub === sub) ? { accountId: sub, claims: async () => ({ sub }) } : undefined,
  // Nothing but the identifier is ever asked.
  async loadExistingGrant(ctx) {
    const { client: asking, session } = ctx.oidc;
    if (!asking || session?.accountId === undefined) return undefined;
    const grant = new ctx.oidc.provider.Grant({ clientId: asking.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
  ttl: { AuthorizationCode: 180, Grant: 600, IdToken: 300, Interaction: 600, Session: 60, AccessToken: 60 },
  renderError(ctx, { error }) {
    ctx.type = 'text';
    ctx.body = `${error}\n`;
  },
});
