/**
 * Authorization and logout requests may come by POST (OpenID Connect Core 1.0 §3.1.2.1, RP-Initiated Logout 1.0 §2),
 * from a relying party's page. The browser does not send a SameSite=Lax cookie with such a POST, and with SameSite=None
 * anybody could post with the person's session. So the answer to the POST is a redirect to the same request by GET,
 * which carries the Lax cookie. The engine then checks the parameters as always.
 */
import type { Context, Middleware, Next } from 'koa';

/**
 * The maximum of the same request by GET: Node accepts 16 KiB of request line and headers. Larger requests must be
 * pushed (RFC 9126).
 */
const maxLocation = 15 * 1024;
const maxBytes = 64 * 1024;

export function createPostToGet(paths: readonly string[]): Middleware {
  const ours = new Set(paths);
  return async (ctx: Context, next: Next) => {
    if (ctx.method !== 'POST' || !ours.has(ctx.path)) return next();
    if (ctx.is('application/x-www-form-urlencoded') !== 'application/x-www-form-urlencoded')
      return ctx.throw(415, 'only application/x-www-form-urlencoded is supported');
    const body = await readBody(ctx);
    // Parsed and serialised again, so that only a valid query passes.
    const location = `${ctx.path}?${new URLSearchParams(body).toString()}`;
    if (location.length > maxLocation) ctx.throw(413, 'the request is too long');
    ctx.status = 303;
    ctx.set('Location', location);
    return undefined;
  };
}

async function readBody(ctx: Context): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of ctx.req) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) ctx.throw(413, 'the request is too long');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
