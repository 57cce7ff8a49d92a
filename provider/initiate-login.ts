/**
 * The end of a sign-in that took longer than the service remembers it: the browser goes to where the service begins
 * sign-ins (OpenID Connect Core 1.0 §4, `initiate_login_uri`), not back with an answer that the service would refuse.
 * The service asks anew, and the session that was just made answers at once. `create-engine.ts` puts it before the
 * engine; `app/module-settings.ts` uses the address for the links of pages.
 */
import type { Context, Middleware, Next } from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { actionParameter } from './asked-action.ts';
import type { Clients } from './clients.ts';
import type { Clock } from '../time/clock.ts';

/** @param uri `initiateLoginUri` of the client */
export function addressToBegin(uri: string, issuer: string): string {
  const url = new URL(uri);
  url.searchParams.set('iss', issuer);
  return url.href;
}

/** In what the engine keeps of the end of a sign-in: instant (ms) when the request came, over all its rounds. */
export const begunMember = 'begun';

export function createLateAnswer(
  provider: Provider,
  { clients, issuer, clock }: { readonly clients: Clients; readonly issuer: string; readonly clock: Clock },
): Middleware {
  const late = new WeakMap<object, string>();
  const look = (ctx: KoaContextWithOIDC, toStart: boolean): void => {
    const uri = lateUri(ctx, clients, clock.now());
    if (uri === undefined) return;
    const start = toStart ? clients.find(ctx.oidc.client?.clientId)?.url : undefined;
    late.set(ctx.req, start ?? addressToBegin(uri, issuer));
  };
  provider.on('authorization.success', (ctx) => look(ctx, false));
  // The person gave up: not at once into another sign-in, if the service has a first page.
  provider.on('authorization.error', (ctx) => look(ctx, true));
  return async (ctx: Context, next: Next) => {
    await next();
    const address = late.get(ctx.req);
    if (address === undefined) return;
    ctx.status = 303;
    ctx.redirect(address);
  };
}

function lateUri({ oidc }: KoaContextWithOIDC, clients: Clients, now: number): string | undefined {
  // Of a sign-in that was given up the engine tells the end only with the interaction.
  const { result = oidc.entities.Interaction?.result } = oidc;
  const begun = result?.[begunMember];
  // The answer to an action says how it ended, and could not be asked for again.
  // A device waits at the token endpoint, and forgets nothing.
  if (oidc.route !== 'authorization' && oidc.route !== 'resume') return undefined;
  if (typeof begun !== 'number' || !oidc.client || oidc.params?.[actionParameter] !== undefined) return undefined;
  return clients.beginsAnew(oidc.client.clientId, (now - begun) / 1000);
}
