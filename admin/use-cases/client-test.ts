/**
 * A sign-in as one relying party, from this machine: `rekey client test`. It listens on the client's own redirect
 * address on the loopback, gives the address to open, and tells what came. The library is openid-client.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as oidc from 'openid-client';
import type { ClientConfiguration, Settings } from '../../config/schema.ts';
import { settingOfRefusal } from '../../provider/setting-of-refusal.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import { unknownClient } from './client-show.ts';

/** RFC 7517 §4; further members by its kind. */
export interface PrivateJwk {
  readonly kty: string;
  readonly crv?: string;
  readonly kid?: string;
}

export interface ClientAsked {
  readonly id: string;
  /** Further parameters of the authorization request. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The client's own key, where it has one (private JWK, RFC 7517). */
  readonly privateKey?: PrivateJwk;
  /** Milliseconds to wait for the person. */
  readonly wait: number;
}

export interface ClientTested {
  readonly client: string;
  readonly redirectUri: string;
  readonly acr: string | null;
  readonly amr: readonly string[];
  /** The granted ones. */
  readonly scope: string;
  readonly tokenType: string;
  readonly refreshToken: boolean;
  readonly idToken: Readonly<Record<string, unknown>>;
  readonly userinfo: Readonly<Record<string, unknown>>;
}

/** @param open is told the address at which the sign-in begins */
export async function testClient(
  settings: Settings,
  asked: ClientAsked,
  open: (address: string) => void,
): Promise<Outcome<ClientTested>> {
  const client = settings.clients.find(({ id }) => id === asked.id);
  if (!client) return refuse('client_unknown', unknownClient(settings, asked.id));
  const uri = client.redirectUris.find(isHere);
  if (uri === undefined)
    return refuse(
      'client_address',
      'None of its redirect addresses is on this machine: add one for tests to `redirectUris`, such as http://127.0.0.1:8765/callback.',
    );
  if (client.tokenEndpointAuthMethod === 'private_key_jwt' && asked.privateKey === undefined)
    return refuse(
      'client_key',
      'It signs with a key of its own: give the private JWK in a file, `--private-key <file>`.',
    );
  const here = await listenAt(uri, client.application === 'native');
  if (!here)
    return refuse(
      'client_address',
      `Something listens at ${new URL(uri).host} already: stop the application, and try again.`,
    );
  try {
    return await signIn({ settings, client, asked, here, open });
  } catch (error) {
    return refuse('client_not_connected', whyNot(error));
  } finally {
    here.close();
  }
}

const isHere = (uri: string): boolean => {
  const { protocol, hostname } = new URL(uri);
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
};

interface Around {
  readonly settings: Settings;
  readonly client: ClientConfiguration;
  readonly asked: ClientAsked;
  readonly here: Here;
  readonly open: (address: string) => void;
}

async function signIn({ settings, client, asked, here, open }: Around): Promise<Outcome<ClientTested>> {
  const { issuer } = settings;
  const config = await oidc.discovery(
    new URL(issuer),
    client.id,
    {
      id_token_signed_response_alg: client.idTokenAlg,
      ...(client.secret === undefined ? {} : { client_secret: client.secret }),
    },
    await authentication(client, asked),
    { execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [] },
  );
  const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
  const dpop = client.requireDpop ? { DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256')) } : {};
  const request = {
    redirect_uri: here.redirectUri,
    scope: client.scopes.join(' '),
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...asked.parameters,
  };
  const url = client.requirePushedRequests
    ? await oidc.buildAuthorizationUrlWithPAR(config, request, dpop)
    : oidc.buildAuthorizationUrl(config, request);
  open(url.href);
  const came = await here.answer(asked.wait);
  if (!came)
    return refuse(
      'client_not_connected',
      'Nobody came back. Where the provider’s page shows an error, it names the cause and the setting; so does its log (`request.refused`).',
    );
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  const tokens = await oidc.authorizationCodeGrant(config, came, checks, {}, dpop);
  const idToken = tokens.claims() ?? { sub: '' };
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, idToken.sub, dpop);
  const { acr, amr } = idToken as { readonly acr?: string; readonly amr?: readonly string[] };
  return done({
    client: client.id,
    redirectUri: here.redirectUri,
    acr: acr ?? null,
    amr: amr ?? [],
    scope: tokens.scope ?? request.scope,
    tokenType: tokens.token_type,
    refreshToken: tokens.refresh_token !== undefined,
    idToken,
    userinfo,
  });
}

async function authentication(client: ClientConfiguration, { privateKey }: ClientAsked): Promise<oidc.ClientAuth> {
  const { tokenEndpointAuthMethod: method, secret = '' } = client;
  if (method === 'client_secret_post') return oidc.ClientSecretPost(secret);
  if (method === 'client_secret_basic') return oidc.ClientSecretBasic(secret);
  if (method === 'none' || privateKey === undefined) return oidc.None();
  const algorithm = privateKey.kty === 'RSA' ? { name: 'RSA-PSS', hash: 'SHA-256' } : ofCurve(privateKey.crv);
  const key = await crypto.subtle.importKey('jwk', privateKey, algorithm, false, ['sign']);
  return oidc.PrivateKeyJwt(privateKey.kid === undefined ? key : { key, kid: privateKey.kid });
}

const ofCurve = (curve: string | undefined): { name: string; namedCurve?: string } =>
  curve === 'Ed25519' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: curve ?? 'P-256' };

/** The cause, and the setting of the entry that decides, where it is known. */
function whyNot(error: unknown): string {
  const {
    error: code,
    error_description: description,
    cause,
    message,
  } = error as Error & Partial<Record<'error' | 'error_description', string>>;
  if (code === undefined) {
    const because = cause instanceof Error ? ` (${cause.message})` : '';
    return `The sign-in did not end as it should: ${message}${because}.`;
  }
  const setting = settingOfRefusal({ error: code, error_description: description });
  const by = setting === undefined ? '' : ` The setting is ${setting}.`;
  return `${code}${description === undefined ? '' : `: ${description}`}.${by}`;
}

interface Here {
  readonly redirectUri: string;
  /** The address at which the browser came back; `undefined`: it did not in time. */
  answer(wait: number): Promise<URL | undefined>;
  close(): void;
}

/** @param anyPort a native application is sent back to whatever port it says (RFC 8252 §7.3) */
async function listenAt(uri: string, anyPort: boolean): Promise<Here | undefined> {
  const url = new URL(uri);
  const { promise, resolve } = Promise.withResolvers<URL>();
  const server = createServer((request, response) => {
    const came = new URL(request.url ?? '/', url);
    const isIt = came.pathname === url.pathname;
    response.writeHead(isIt ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(isIt ? 'The answer has come. Go back to the terminal.\n' : 'Not here.\n');
    if (isIt) resolve(came);
  });
  const isListening = await listen(server, anyPort ? 0 : Number(url.port || 80), url.hostname.replaceAll(/[[\]]/g, ''));
  if (!isListening) return undefined;
  url.port = String((server.address() as AddressInfo).port);
  return {
    redirectUri: anyPort ? url.href : uri,
    async answer(wait) {
      const late = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => late.resolve(undefined), wait);
      try {
        return await Promise.race([promise, late.promise]);
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      server.close();
      server.closeIdleConnections();
    },
  };
}

const listen = (server: Server, port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host === 'localhost' ? '127.0.0.1' : host, () => resolve(true));
  });
