/**
 * Plays a national provider with its app: an OpenID provider of its own on loopback, which pushes, encrypts and signs
 * as itsme does. Its page takes the place of the telephone. Tests make it lie.
 */
import { generateKeyPairSync, randomUUID, type JsonWebKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type AdapterPayload, type Configuration, type JWK } from 'oidc-provider';
import type { Middleware } from 'koa';
import { memoryAdapters } from './national-app-memory.ts';
import { appPage, type AppPerson } from './national-app-page.ts';

export interface NationalClient {
  readonly id: string;
  /** Our public keys, with `use` and `kid`. */
  readonly keys: readonly JsonWebKey[];
  readonly redirectUris: readonly string[];
}

export interface NationalAppParts {
  readonly port?: number;
  readonly people: readonly AppPerson[];
  readonly client: NationalClient;
  /** What a confirmation with the code of the app is called. */
  readonly acr: string;
  /** Default: a new one. */
  readonly signingKey?: JWK;
  /** Before everything that it answers; tests only. */
  readonly before?: Middleware;
}

export interface NationalApp {
  readonly issuer: string;
  readonly provider: Provider;
  close(): Promise<void>;
}

/** A key to sign with. */
export const newSigningKey = (): JWK => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: randomUUID(),
  use: 'sig',
  alg: 'RS256',
});

/** Listens on 127.0.0.1, which is another site than `localhost` for a browser, as a provider is. */
export async function startNationalApp(parts: NationalAppParts): Promise<NationalApp> {
  let answer: ReturnType<Provider['callback']> | undefined;
  const server: Server = createServer((request, response) => void answer?.(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(parts.port ?? 0, '127.0.0.1', resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, configuration(parts));
  if (parts.before) provider.use(parts.before);
  provider.use(appPage(provider, parts));
  answer = provider.callback();
  return {
    issuer,
    provider,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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

export type { AppPerson } from './national-app-page.ts';

const configuration = ({ client, people, acr, signingKey = newSigningKey() }: NationalAppParts): Configuration => ({
  adapter: memoryAdapters({ [client.id]: clientMetadata(client) }),
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
  interactions: { url: (_ctx, { uid }) => `/app/${uid}` },
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
