/**
 * Grants: a relying party of the deployment gets the scopes and claims that its settings permit, a third party those of
 * them that the person allows.
 */
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { Consent } from '../accounts/consent-record.ts';
import { apiScopes } from '../accounts/consents.ts';
import { claimsOfScopes } from './accounts.ts';
import type { Apis } from './apis.ts';
import type { ConsentRules } from './asked-consent.ts';
import { scopeOfClaim } from './client-claims.ts';
import type { Clients } from './clients.ts';

interface Parts {
  readonly clients: Clients;
  readonly apis: Apis;
  readonly consents: Pick<ConsentRules, 'given'>;
}

/** The most that a client may have of this person. */
interface Permitted {
  readonly scopes: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly ofApi: (resource: string) => ReadonlySet<string>;
}

export function createLoadExistingGrant(parts: Parts): (ctx: KoaContextWithOIDC) => Promise<Grant | undefined> {
  return async (ctx) => {
    const { oidc } = ctx;
    const { client, account, session, provider } = oidc;
    if (!client || !account || !session) return undefined;
    const { clientId } = client;
    const consent = parts.consents.given(ctx);
    if (!consent && parts.clients.isThirdParty(clientId)) return undefined;
    const found = await presentGrant(ctx, consent);
    const grant =
      found?.accountId === account.accountId && found.clientId === clientId
        ? found
        : new provider.Grant({ accountId: account.accountId, clientId });
    const permitted = permittedTo(parts, clientId, consent);
    const missing = {
      scopes: absentFrom(grant.getOIDCScopeEncountered().split(' '), oidc.requestParamOIDCScopes, permitted.scopes),
      claims: absentFrom(grant.getOIDCClaimsEncountered(), oidc.requestParamClaims, permitted.claims),
    };
    if (missing.scopes.length > 0) grant.addOIDCScope(missing.scopes.join(' '));
    if (missing.claims.length > 0) grant.addOIDCClaims(missing.claims);
    const ofApis = addApiScopes(grant, oidc, permitted);
    if (grant !== found || ofApis || missing.scopes.length > 0 || missing.claims.length > 0) await grant.save();
    return grant;
  };
}

/** That of this session; of a third party only while the consent stands under which it was made. */
async function presentGrant(
  { oidc: { client, session, provider } }: KoaContextWithOIDC,
  consent: Consent | undefined,
): Promise<Grant | undefined> {
  if (!client || !session) return undefined;
  const grantId = session.grantIdFor(client.clientId);
  if (grantId === undefined) return undefined;
  const given = session.authorizationFor(client.clientId) as { readonly consent?: string } | undefined;
  return consent && given?.consent !== consent.id ? undefined : provider.Grant.find(grantId);
}

function permittedTo({ clients, apis }: Parts, clientId: string, consent: Consent | undefined): Permitted {
  const scopes = new Set(clients.scopes(clientId));
  const claims = new Set([...claimsOfScopes.openid, ...clients.claims(clientId)]);
  const ofApi = (resource: string) => new Set(apis.scopesFor(resource, clientId));
  if (!consent) return { scopes, claims, ofApi };
  const settings = clients.get(clientId);
  const isAllowed = (claim: string): boolean => {
    const scope = scopeOfClaim(settings, claim);
    return scope === undefined || consent.scopes.includes(scope);
  };
  return {
    scopes: new Set([...scopes].filter((scope) => consent.scopes.includes(scope))),
    claims: new Set([...claims].filter(isAllowed)),
    ofApi: (resource) => new Set([...ofApi(resource)].filter((scope) => apiScopes(consent, resource).includes(scope))),
  };
}

function absentFrom(had: readonly string[], asked: ReadonlySet<string>, permitted: ReadonlySet<string>): string[] {
  return [...asked].filter((name) => permitted.has(name) && !had.includes(name));
}

/** What the client may have at the APIs that the request names. Returns whether that was more than before. */
function addApiScopes(grant: Grant, oidc: KoaContextWithOIDC['oidc'], { ofApi }: Permitted): boolean {
  let more = false;
  for (const resource of Object.keys(oidc.resourceServers ?? {})) {
    const had = grant.getResourceScopeEncountered(resource).split(' ');
    const missing = absentFrom(had, oidc.requestParamScopes, ofApi(resource));
    if (missing.length > 0) grant.addResourceScope(resource, missing.join(' '));
    more ||= missing.length > 0;
  }
  return more;
}
