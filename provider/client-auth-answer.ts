/**
 * Answers a client that did not authenticate, or failed to, with `invalid_client` and 401, and with `WWW-Authenticate`
 * unless it tried in the body (RFC 6749 §5.2, RFC 9110 §11.6.1): the engine answers some cases with `invalid_request`
 * or without a scheme. Wraps the engine's endpoints for clients.
 */
import type { Context, Middleware, Next } from 'koa';
import { routes } from './routes.ts';

const forClients: ReadonlySet<string> = new Set([
  routes.token,
  routes.introspection,
  routes.revocation,
  routes.pushed_authorization_request,
  routes.device_authorization,
]);

export function createClientAuthAnswer(issuer: string): Middleware {
  return async (ctx: Context, next: Next) => {
    await next();
    if (!forClients.has(ctx.path) || ctx.method !== 'POST') return;
    const answer = ctx.body as { readonly error?: unknown; readonly error_description?: unknown } | undefined;
    if (
      answer?.error === 'invalid_request' &&
      answer.error_description === 'no client authentication mechanism provided'
    )
      ctx.body = { error: 'invalid_client', error_description: 'client authentication is required' };
    else if (answer?.error !== 'invalid_client') return;
    ctx.status = 401;
    // A client that did not use the header would misread a challenge.
    if (!triedInBody(ctx) && !ctx.res.hasHeader('WWW-Authenticate'))
      ctx.set('WWW-Authenticate', `Basic realm="${issuer}"`);
  };
}

function triedInBody(ctx: Context): boolean {
  const { oidc } = ctx as { readonly oidc?: { readonly params?: Readonly<Record<string, unknown>> } };
  return oidc?.params?.['client_secret'] !== undefined || oidc?.params?.['client_assertion'] !== undefined;
}
