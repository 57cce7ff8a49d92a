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

/** Why a request is not honoured as it was asked, for the log: never an address or a token. */
export interface NotAsAsked {
  readonly client?: string;
  readonly description: string;
  readonly setting?: string;
}

/** @param left called when something was removed, or has no effect */
export function createSignOutWithout(provider: Provider, path: string, left: (why: NotAsAsked) => void): Middleware {
  return async (ctx: Context, next: Next) => {
    if (ctx.path !== path || ctx.method !== 'GET') return next();
    const why = await whyNotHonoured(provider, new URLSearchParams(ctx.querystring));
    if (why !== undefined) {
      left(why);
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
async function whyNotHonoured(provider: Provider, query: URLSearchParams): Promise<NotAsAsked | undefined> {
  const twice = [...asked, ...harmless].find((name) => query.getAll(name).length > 1);
  if (twice !== undefined) return { description: `${twice} is given twice` };
  const [hint, clientId, address] = (['id_token_hint', 'client_id', 'post_logout_redirect_uri'] as const).map(
    (name) => query.get(name) || undefined,
  );
  const audience = hint === undefined ? undefined : audienceOf(hint);
  if (hint !== undefined && audience === undefined) return { description: 'id_token_hint is not an ID token' };
  if (audience !== undefined && clientId !== undefined && clientId !== audience)
    return { client: clientId, description: 'client_id is not the client of id_token_hint' };
  const id = audience ?? clientId;
  if (id === undefined)
    return address === undefined
      ? undefined
      : { description: 'post_logout_redirect_uri needs id_token_hint or client_id' };
  const client = await provider.Client.find(id).catch(() => undefined);
  if (!client) return { description: 'the client is not known', setting: 'clients[].id' };
  if (hint !== undefined && !(await proves(provider, hint, client)))
    return { client: id, description: 'id_token_hint was not signed here, or not for this client' };
  return address === undefined || client.postLogoutRedirectUriAllowed(address)
    ? undefined
    : {
        client: id,
        description: 'post_logout_redirect_uri is not registered',
        setting: 'clients[].postLogoutRedirectUris',
      };
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
