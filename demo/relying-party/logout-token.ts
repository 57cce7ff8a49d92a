/**
 * Takes a back-channel log-out (OpenID Connect Back-Channel Logout 1.0 §2.6): the provider says that a session has
 * ended, and the visits of that session end here. Used by `routes.ts`; no browser sends it.
 */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { Context } from 'koa';

const event = 'http://schemas.openid.net/event/backchannel-logout';
/** Characters; a token has about a thousand. */
const longest = 16_384;

export interface LogoutParts {
  readonly issuer: string;
  /** The client id. */
  readonly audience: string;
  /** Ends the visits of this session. */
  readonly end: (sid: string) => void;
}

/** Answers 200 if it was taken, else 400. */
export function createLogoutTaker({ issuer, audience, end }: LogoutParts): (ctx: Context) => Promise<void> {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const sessionIn = async (token: string): Promise<string | undefined> => {
    const { payload } = await jwtVerify(token, keys, { issuer, audience, requiredClaims: ['exp', 'iat', 'jti'] });
    const events = payload['events'] as Readonly<Record<string, unknown>> | undefined;
    const { sid, nonce } = payload;
    return events && event in events && nonce === undefined && typeof sid === 'string' ? sid : undefined;
  };
  return async (ctx) => {
    const token = new URLSearchParams(await readBody(ctx)).get('logout_token') ?? '';
    const sid = await sessionIn(token).catch((error: unknown) => {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    });
    ctx.status = sid === undefined ? 400 : 200;
    ctx.body = '';
    if (sid !== undefined) end(sid);
  };
}

async function readBody(ctx: Context): Promise<string> {
  let body = '';
  for await (const chunk of ctx.req.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > longest) return '';
  }
  return body;
}
