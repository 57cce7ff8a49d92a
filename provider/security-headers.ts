/**
 * Headers of every answer.
 *
 * - `script-src` is written out, because the engine adds the hash of its own self-submitting pages to it and to nothing
 *   else.
 * - No `form-action`: browsers apply it to the redirects after a POST, and ours end at relying parties.
 * - `Referrer-Policy: same-origin`, not `no-referrer`: with the latter browsers send `Origin: null` on our own forms,
 *   which would take the check against
 *   forged requests its evidence. Other sites learn as little from it: nothing.
 * - No `Cross-Origin-Opener-Policy`: a relying party that signs in through a pop-up would lose it.
 */
import type { Context, Middleware, Next } from 'koa';

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Public documents that change only with the keys; short, so that a new key is known soon. */
const cacheable: ReadonlyMap<string, string> = new Map(
  ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/jwks'].map((path) => [
    path,
    'public, max-age=300',
  ]),
);

export function createSecurityHeaders({ issuer }: { readonly issuer: string }): Middleware {
  const secure = new URL(issuer).protocol === 'https:';
  const headers = new Map([
    ['Content-Security-Policy', contentSecurityPolicy],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'DENY'],
    ['Referrer-Policy', 'same-origin'],
    ['Cache-Control', 'no-store'],
    ...(secure ? [['Strict-Transport-Security', 'max-age=31536000'] as const] : []),
  ]);
  return async (ctx: Context, next: Next) => {
    ctx.res.setHeaders(headers);
    await next();
    const caching = cacheable.get(ctx.path);
    if (caching !== undefined && ctx.status === 200) ctx.set('Cache-Control', caching);
  };
}
