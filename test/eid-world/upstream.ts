/**
 * A national provider for tests: oidc-provider with pushed requests, private_key_jwt and encrypted ID tokens, which can
 * also lie, be down, be slow, and change its keys.
 */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import * as jose from 'jose';
import type { Context, Middleware } from 'koa';
import { newSigningKey, startNationalApp, type AppPerson } from './national-app.ts';
import { ageLies, makeToken, tokenLies, type Bent } from './upstream-lies.ts';

export const advanced = 'http://itsme.services/v2/claim/acr_advanced';

/** Other ways in which it misbehaves than in its ID token: the row that must notice, and the reason that is told. */
export const misbehaviours = {
  'answers as another issuer': ['response-issuer', 'site_answer_wrong'],
  'answers without issuer': ['response-issuer', 'site_answer_wrong'],
  'calls itself otherwise': ['metadata', 'site_unavailable'],
  'gives no ID token': ['form', 'site_answer_wrong'],
  'does not know us': ['exchange', 'site_unavailable'],
  'does not know the code': ['exchange', 'site_answer_wrong'],
} as const;
export type Misbehaviour = keyof typeof misbehaviours;

/** Ways of being down. */
export const outages = ['silent', 'closes', 'error status', 'garbage', 'huge', 'drips'] as const;
export type Outage = (typeof outages)[number];
export type Place = 'metadata' | 'pushed' | 'token' | 'keys';

export interface Upstream {
  readonly issuer: string;
  /** `127.0.0.1:port`, for lists of hosts. */
  readonly host: string;
  /** As the settings of an upstream want them. */
  readonly keys: string;
  readonly clientId: string;
  /** A name of `tokenLies` or `ageLies`. */
  lie: string | undefined;
  misbehaves: Misbehaviour | undefined;
  outage: { readonly at: Place; readonly how: Outage } | undefined;
  /** New signing keys; the old one is gone. */
  rotate(): void;
  /** Requests so far, by path. */
  readonly asked: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const paths: Readonly<Record<string, Place>> = {
  '/.well-known/openid-configuration': 'metadata',
  '/request': 'pushed',
  '/token': 'token',
  '/jwks': 'keys',
};

const pairOf = (use: 'sig' | 'enc', kid: string): { readonly own: JsonWebKey; readonly open: JsonWebKey } => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const named = { use, kid, alg: use === 'sig' ? 'RS256' : 'RSA-OAEP-256' };
  return {
    own: { ...privateKey.export({ format: 'jwk' }), ...named },
    open: { ...publicKey.export({ format: 'jwk' }), ...named },
  };
};

export interface UpstreamParts {
  readonly people: readonly AppPerson[];
  readonly redirectUris: readonly string[];
}

export async function startUpstream({ people, redirectUris }: UpstreamParts): Promise<Upstream> {
  const [signature, encryption] = [pairOf('sig', 'ours-sig'), pairOf('enc', 'ours-enc')];
  let signing: JsonWebKey = newSigningKey() as JsonWebKey;
  let rotated = false;
  const asked = new Map<string, number>();
  const state: Pick<Upstream, 'lie' | 'misbehaves' | 'outage'> = {
    lie: undefined,
    misbehaves: undefined,
    outage: undefined,
  };

  const bendToken = async (ctx: Context): Promise<void> => {
    const body = ctx.body as Record<string, unknown>;
    if (typeof body?.['id_token'] !== 'string') return;
    if (state.misbehaves === 'gives no ID token') delete body['id_token'];
    else if (state.lie !== undefined || rotated) {
      const opened = await jose.compactDecrypt(body['id_token'], await jose.importJWK(encryption.own as jose.JWK));
      const bent: Bent = {
        claims: jose.decodeJwt(new TextDecoder().decode(opened.plaintext)),
        sign: 'right',
        encrypt: 'right',
      };
      if (state.lie !== undefined) ({ ...tokenLies, ...ageLies })[state.lie]?.[1](bent, Math.floor(Date.now() / 1_000));
      body['id_token'] = await makeToken(bent, { signing, encryption: encryption.open });
    }
  };
  const before: Middleware = async (ctx, next) => {
    asked.set(ctx.path, (asked.get(ctx.path) ?? 0) + 1);
    const place = paths[ctx.path];
    if (state.outage && place === state.outage.at) return fail(ctx, state.outage.how);
    if (place === 'token' && state.misbehaves === 'does not know us')
      return json(ctx, 401, { error: 'invalid_client' });
    if (place === 'token' && state.misbehaves === 'does not know the code')
      return json(ctx, 400, { error: 'invalid_grant' });
    if (place === 'keys' && rotated) return json(ctx, 200, { keys: [openHalf(signing)] });
    await next();
    if (place === 'metadata' && state.misbehaves === 'calls itself otherwise')
      ctx.body = { ...(ctx.body as object), issuer: 'http://127.0.0.1:1' };
    if (place === 'token') await bendToken(ctx);
    bendRedirect(ctx, redirectUris, state.misbehaves);
  };
  const app = await startNationalApp({
    people,
    acr: advanced,
    client: { id: 'rekey', keys: [signature.open, encryption.open], redirectUris },
    signingKey: signing,
    before,
  });
  return Object.assign(state, {
    issuer: app.issuer,
    host: new URL(app.issuer).host,
    keys: JSON.stringify({ keys: [signature.own, encryption.own] }),
    clientId: 'rekey',
    rotate() {
      signing = newSigningKey() as JsonWebKey;
      rotated = true;
    },
    asked,
    close: () => app.close(),
  });
}

const openHalf = ({ kty, n, e, kid, use, alg }: JsonWebKey) => ({ kty, n, e, kid, use, alg });

function json(ctx: Context, status: number, body: object): void {
  ctx.status = status;
  ctx.body = body;
}

function bendRedirect(ctx: Context, redirectUris: readonly string[], misbehaves: Misbehaviour | undefined): void {
  const location = ctx.response.get('Location') || '';
  if (!redirectUris.some((uri) => location.startsWith(uri))) return;
  const url = new URL(location);
  if (misbehaves === 'answers as another issuer') url.searchParams.set('iss', 'https://idp.attacker.example');
  if (misbehaves === 'answers without issuer') url.searchParams.delete('iss');
  ctx.set('Location', url.href);
}

async function fail(ctx: Context, how: Outage): Promise<void> {
  switch (how) {
    case 'error status':
      return json(ctx, 503, { error: 'temporarily_unavailable' });
    case 'garbage':
      ctx.type = 'json';
      ctx.body = '{"half';
      return undefined;
    case 'huge':
      ctx.type = 'json';
      ctx.body = `{"a":"${'a'.repeat(200_000)}"}`;
      return undefined;
    case 'closes':
      ctx.respond = false;
      ctx.req.socket.destroy();
      return undefined;
    case 'drips':
      ctx.respond = false;
      ctx.res.writeHead(200, { 'content-type': 'application/json' });
      ctx.res.write('{');
      return undefined;
    case 'silent':
    default:
      ctx.respond = false;
      return undefined;
  }
}
