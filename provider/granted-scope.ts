/**
 * Names the granted scopes in every token answer to a request that asked for some, also where none was granted: an
 * answer without `scope` says that all of them were (RFC 6749 §5.1). The engine leaves it out for `client_credentials`.
 */
import type { Context, Middleware, Next } from 'koa';
import { routes } from './routes.ts';

export function createGrantedScope(): Middleware {
  return async (ctx: Context, next: Next) => {
    await next();
    if (ctx.path !== routes.token || ctx.status !== 200) return;
    const { oidc, body } = ctx as Context & { readonly oidc?: { readonly params?: Readonly<Record<string, unknown>> } };
    const answer = body as { readonly access_token?: unknown; readonly scope?: unknown } | undefined;
    if (answer?.access_token === undefined || answer.scope !== undefined || oidc?.params?.['scope'] === undefined)
      return;
    ctx.body = { ...answer, scope: '' };
  };
}
