/** Grants without a consent page: our own relying parties get the scopes and claims that their settings permit. */
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { claimsOfScopes } from './accounts.ts';
import type { Apis } from './apis.ts';
import type { Clients } from './clients.ts';

export function createLoadExistingGrant(
  clients: Clients,
  apis: Apis,
): (ctx: KoaContextWithOIDC) => Promise<Grant | undefined> {
  return async ({ oidc }) => {
    const { client, account, session, provider } = oidc;
    if (!client || !account || !session) return undefined;
    const grantId = session.grantIdFor(client.clientId);
    const found = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant =
      found?.accountId === account.accountId && found.clientId === client.clientId
        ? found
        : new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
    const permitted = new Set(clients.scopes(client.clientId));
    const claims = new Set([...claimsOfScopes.openid, ...clients.claims(client.clientId)]);
    const missing = {
      scopes: absentFrom(grant.getOIDCScopeEncountered().split(' '), oidc.requestParamOIDCScopes, permitted),
      claims: absentFrom(grant.getOIDCClaimsEncountered(), oidc.requestParamClaims, claims),
    };
    if (missing.scopes.length > 0) grant.addOIDCScope(missing.scopes.join(' '));
    if (missing.claims.length > 0) grant.addOIDCClaims(missing.claims);
    const ofApis = addApiScopes(grant, oidc, apis);
    if (grant !== found || ofApis || missing.scopes.length > 0 || missing.claims.length > 0) await grant.save();
    return grant;
  };
}

function absentFrom(had: readonly string[], asked: ReadonlySet<string>, permitted: ReadonlySet<string>): string[] {
  return [...asked].filter((name) => permitted.has(name) && !had.includes(name));
}

/** What the client may have at the APIs that the request names. Returns whether that was more than before. */
function addApiScopes(grant: Grant, oidc: KoaContextWithOIDC['oidc'], apis: Apis): boolean {
  let more = false;
  for (const resource of Object.keys(oidc.resourceServers ?? {})) {
    const permitted = new Set(apis.scopesFor(resource, oidc.client?.clientId ?? ''));
    const had = grant.getResourceScopeEncountered(resource).split(' ');
    const missing = absentFrom(had, oidc.requestParamScopes, permitted);
    if (missing.length > 0) grant.addResourceScope(resource, missing.join(' '));
    more ||= missing.length > 0;
  }
  return more;
}
