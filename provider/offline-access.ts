/**
 * `offline_access`: the engine drops this scope from every request without `prompt=consent` (OpenID Connect Core 1.0
 * §11). Here the settings of a relying party (`refresh: true`) are the consent, and a third party gets it only once the
 * person has allowed it (`asked-consent.ts`). So what the request asked for is put back after the engine's check of the
 * scopes.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';

const scope = 'offline_access';
/** Routes whose parameters come in the body. */
const posted: ReadonlySet<string> = new Set(['pushed_authorization_request', 'device_authorization']);

/** For the engine's `extraParams`, which are checked after the scopes, in a pushed request too. */
export function keepOfflineAccess(
  ctx: KoaContextWithOIDC,
  client: { grantTypeAllowed(type: string): boolean } | undefined,
): void {
  const { params } = ctx.oidc;
  if (!params || client?.grantTypeAllowed('refresh_token') !== true) return;
  if (scopesIn(params['scope']).includes(scope) || !scopesIn(askedScope(ctx)).includes(scope)) return;
  params['scope'] = [...scopesIn(params['scope']), scope].join(' ');
}

const scopesIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? value.split(' ').filter((one) => one !== '') : [];

/** The scope as it was asked: pushed now, pushed before, or in the query. */
function askedScope(ctx: KoaContextWithOIDC): unknown {
  if (posted.has(ctx.oidc.route)) return ctx.oidc.body?.['scope'];
  const pushed = ctx.oidc.entities.PushedAuthorizationRequest as { readonly request?: string } | undefined;
  if (!pushed) return ctx.query['scope'];
  const payload = Buffer.from(pushed.request?.split('.')[1] ?? '', 'base64url').toString('utf8');
  return (JSON.parse(payload) as { readonly scope?: unknown }).scope;
}
