/**
 * Handles a sign-out request with an invalid part (RP-Initiated Logout 1.0 §3 and §5: an address that is not
 * registered, a hint that cannot be verified, an unknown client): removes that part, so that the page asks the person,
 * signs out here, and offers no redirect. The browser is never sent to an address that is not registered. Sits before
 * the engine.
 */
import type { Context, Middleware, Next } from 'koa';
import type { Client, Provider } from 'oidc-provider';

const asked = ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'logout_hint'] as const;
/** Parameters that may stay. */
const harmless: ReadonlySet<string> = new Set(['ui_locales']);

/** @param left called when something was removed */
export function createSignOutWithout(provider: Provider, path: string, left: () => void): Middleware {
  return async (ctx: Context, next: Next) => {
    if (ctx.path !== path || ctx.method !== 'GET') return next();
    if (!(await canBeHonoured(provider, new URLSearchParams(ctx.querystring)))) {
      left();
      const kept = [...new URLSearchParams(ctx.querystring)].filter(([name]) => harmless.has(name)).slice(0, 1);
      ctx.querystring = new URLSearchParams(kept).toString();
    }
    return next();
  };
}

/**
 * The engine's own conditions, checked before it: it would answer with an error page from which nothing leads back to the
 * service.
 */
async function canBeHonoured(provider: Provider, query: URLSearchParams): Promise<boolean> {
  if ([...asked, ...harmless].some((name) => query.getAll(name).length > 1)) return false;
  const [hint, clientId, address] = (['id_token_hint', 'client_id', 'post_logout_redirect_uri'] as const).map(
    (name) => query.get(name) ?? undefined,
  );
  const audience = hint === undefined || hint === '' ? undefined : audienceOf(hint);
  if (hint !== undefined && hint !== '' && audience === undefined) return false;
  if (audience !== undefined && clientId !== undefined && clientId !== '' && clientId !== audience) return false;
  const id = audience ?? (clientId === '' ? undefined : clientId);
  if (id === undefined) return true;
  const client = await provider.Client.find(id).catch(() => undefined);
  if (!client) return false;
  if (audience !== undefined && !(await proves(provider, hint ?? '', client))) return false;
  return address === undefined || address === '' || client.postLogoutRedirectUriAllowed(address);
}

function audienceOf(token: string): string | undefined {
  try {
    const { aud } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { aud?: unknown };
    return typeof aud === 'string' && aud !== '' ? aud : undefined;
  } catch {
    return undefined;
  }
}

const proves = (provider: Provider, token: string, client: Client): Promise<boolean> =>
  provider.IdToken.validate(token, client).then(
    () => true,
    () => false,
  );
