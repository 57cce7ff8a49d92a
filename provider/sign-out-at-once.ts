/**
 * Sign-outs that a relying party asks for (OpenID Connect RP-Initiated Logout 1.0 §2): with an ID token that this
 * session gave out nobody is asked, because the person has pressed "sign out" there. Every other request is asked about
 * on our page, and *no* changes nothing and goes back to no service. Used by `features.ts` and `create-provider.ts`.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { confirm } from 'oidc-provider/lib/actions/end_session.js';
import type { Clients } from './clients.ts';
import type { Pages } from './pages.ts';

/** What the engine keeps in the session between the question and its answer, and our member of it. */
interface SignOutState {
  clientId?: string | undefined;
  askedBy?: string | undefined;
}

const stateOf = ({ oidc: { session } }: KoaContextWithOIDC): SignOutState | undefined =>
  (session as { readonly state?: SignOutState } | undefined)?.state;

/** The client that asked for this sign-out, also after the answer of the person. */
export const signOutAskedBy = (ctx: KoaContextWithOIDC): string | undefined =>
  ctx.oidc.client?.clientId ?? stateOf(ctx)?.askedBy;

/** Whether this is an answer to the question, and it was *no*. */
export const isKept = ({ oidc: { route, params } }: KoaContextWithOIDC): boolean =>
  route === 'end_session_confirm' && params?.['logout'] === undefined;

/** Whether the request has an ID token of this client for the person of this session. */
export function isMeant(
  { oidc: { client, session, entities } }: KoaContextWithOIDC,
  clients: Pick<Clients, 'asksOnLogout' | 'subjectOf'>,
): boolean {
  const hint = entities.IdTokenHint?.payload;
  if (!client || !hint || session?.accountId === undefined || clients.asksOnLogout(client.clientId)) return false;
  const given = session.authorizations?.[client.clientId];
  const isOfSession = given !== undefined && (hint['sid'] === undefined || hint['sid'] === given.sid);
  return isOfSession && hint['sub'] === clients.subjectOf(client.clientId, session.accountId);
}

/** For the engine's `logoutSource`. */
export function createLogoutSource(pages: Pages, clients: Clients) {
  return async (ctx: KoaContextWithOIDC, form: string): Promise<void> => {
    if (isMeant(ctx, clients)) {
      Object.assign(ctx.oidc.params ?? {}, { logout: 'yes' });
      await confirm.at(-1)?.(ctx);
      return;
    }
    const state = stateOf(ctx);
    const { accountId } = ctx.oidc.session ?? {};
    // The engine signs out of this one client after *no*, and tells it: without its name it does not.
    if (state) Object.assign(state, { askedBy: state.clientId, clientId: undefined });
    await pages.logout(ctx, form, { client: ctx.oidc.client?.clientId, accountId });
  };
}
