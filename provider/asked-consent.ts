/**
 * What a third party asks of a person, and whether the person has allowed it. The engine's own parameters are read, so
 * that scopes, claims by name and APIs of every kind of request are judged alike. A client of the deployment itself is
 * never asked about.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Allowance, Consent } from '../accounts/consent-record.ts';
import { consentTo, covers } from '../accounts/consents.ts';
import type { Person } from '../accounts/person.ts';
import type { Apis } from './apis.ts';
import { scopeOfClaim } from './client-claims.ts';
import type { Clients } from './clients.ts';

/** Member of the result of a sign-in: the account that has just allowed what was asked. */
export const allowedMember = 'allowed';

export interface AskedConsent {
  readonly asks: Allowance;
  /** Asked also where all of it was allowed before (`prompt=consent`). */
  readonly always: boolean;
}

export interface ConsentRules {
  /** What this request asks for; `undefined`: its client is no third party. */
  asked(ctx: KoaContextWithOIDC): AskedConsent | undefined;
  /** Whether the person of the session must be asked. */
  isMissing(ctx: KoaContextWithOIDC): boolean;
  /** What the person of the session allows the client of this request; `undefined`: nothing. */
  given(ctx: KoaContextWithOIDC): Consent | undefined;
}

type KnownClients = Pick<Clients, 'isThirdParty' | 'scopes' | 'claims' | 'get'>;

export function createConsentRules(clients: KnownClients, apis: Pick<Apis, 'scopesFor'>): ConsentRules {
  const thirdParty = ({ oidc: { client } }: KoaContextWithOIDC): string | undefined =>
    client && clients.isThirdParty(client.clientId) ? client.clientId : undefined;
  const given: ConsentRules['given'] = (ctx) => {
    const id = thirdParty(ctx);
    const { person } = (ctx.oidc.account ?? {}) as { readonly person?: Person };
    return id === undefined ? undefined : consentTo(person, id);
  };
  const asked: ConsentRules['asked'] = (ctx) => {
    const id = thirdParty(ctx);
    return id === undefined
      ? undefined
      : { asks: asksOf(ctx, id, clients, apis), always: ctx.oidc.prompts.has('consent') };
  };
  return {
    asked,
    given,
    isMissing(ctx) {
      const { session, account, result } = ctx.oidc;
      const wanted = asked(ctx);
      if (!wanted || session?.accountId === undefined || !account) return false;
      const justGiven = result?.[allowedMember] === session.accountId;
      return !covers(given(ctx), wanted.asks) || (wanted.always && !justGiven);
    },
  };
}

/** What the settings do not permit is not asked for: it is not granted either. */
function asksOf({ oidc }: KoaContextWithOIDC, id: string, clients: KnownClients, apis: Pick<Apis, 'scopesFor'>) {
  const permitted = clients.scopes(id);
  const client = clients.get(id);
  const named = [...oidc.requestParamClaims]
    .filter((claim) => clients.claims(id).has(claim))
    .flatMap((claim) => scopeOfClaim(client, claim) ?? []);
  const scopes = [...oidc.requestParamOIDCScopes].filter((scope) => permitted.includes(scope));
  const ofApis = Object.keys(oidc.resourceServers ?? {}).map((resource): [string, string[]] => {
    const may = apis.scopesFor(resource, id);
    return [resource, [...oidc.requestParamScopes].filter((scope) => may.includes(scope))];
  });
  const asks: Allowance = {
    scopes: [...new Set([...scopes, ...named])],
    ...(ofApis.length === 0 ? {} : { apis: Object.fromEntries(ofApis) }),
  };
  return asks;
}
