/**
 * Takes a back-channel log-out (OpenID Connect Back-Channel Logout 1.0 §2.6): the provider says that a session has
 * ended, and the visits of that session end here. Used by `services.ts`; no browser sends it.
 */
import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import type { Context } from 'koa';

const event = 'http://schemas.openid.net/event/backchannel-logout';
/** Characters; a token has about a thousand. */
const longest = 16_384;

interface LogoutToken {
  readonly iss?: unknown;
  readonly aud?: unknown;
  readonly exp?: unknown;
  readonly sid?: unknown;
  readonly nonce?: unknown;
  readonly events?: Readonly<Record<string, unknown>>;
}

export interface LogoutParts {
  readonly issuer: string;
  /** The client id. */
  readonly audience: string;
  /** Ends the visits of this session. */
  readonly end: (sid: string) => void;
  /** ms */
  readonly now: () => number;
}

/** Answers 200 if it was taken, else 400. */
export async function takeLogout(ctx: Context, parts: LogoutParts): Promise<void> {
  const token = new URLSearchParams(await readBody(ctx)).get('logout_token') ?? '';
  const sid = await sessionIn(token, parts).catch((e) => { console.error("DBG", e); return undefined; }); console.error("DBG", token.slice(0,500), sid);
  ctx.status = sid === undefined ? 400 : 200;
  ctx.body = '';
  if (sid !== undefined) parts.end(sid);
}

async function sessionIn(token: string, { issuer, audience, now }: LogoutParts): Promise<string | undefined> {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg, kid } = parsed(header) as { readonly alg?: unknown; readonly kid?: unknown };
  if (alg !== 'RS256') return undefined;
  const answer = await fetch(new URL('/jwks', issuer));
  const { keys } = (await answer.json()) as { readonly keys: readonly (JsonWebKey & { readonly kid?: string })[] };
  const key = keys.find((one) => one.kid === kid);
  if (!key) return undefined;
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify('RSA-SHA256', signed, createPublicKey({ key, format: 'jwk' }), Buffer.from(signature, 'base64url')))
    return undefined;
  const said = parsed(payload) as LogoutToken;
  const isMeant =
    said.iss === issuer && said.aud === audience && said.nonce === undefined && event in (said.events ?? {});
  const isFresh = typeof said.exp === 'number' && said.exp * 1000 > now();
  return isMeant && isFresh && typeof said.sid === 'string' ? said.sid : undefined;
}

const parsed = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

async function readBody(ctx: Context): Promise<string> {
  let body = '';
  for await (const chunk of ctx.req.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > longest) return '';
  }
  return body;
}
