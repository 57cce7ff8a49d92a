/** Finds an account for the engine, and releases its claims. */
import type { Account, AccountClaims, FindAccount } from 'oidc-provider';
import type { Acrs } from '../factors/policy/assurance.ts';
import type { AccountFacts, Accounts, HandOver } from './accounts.ts';
import { claimsGiven } from './client-claims.ts';
import type { Clients } from './clients.ts';
import { weakerAcr, type Judgement } from './judgement.ts';
import type { Resting } from './session-facts.ts';

/** Routes at the end of a sign-in. */
const resumes: ReadonlySet<string> = new Set(['resume', 'device_resume']);

/** The account of a session; or of a code or token while its evidence is valid. */
export function createFindAccount({
  accounts,
  handOver,
  judgement,
  clients,
  acrs,
}: {
  readonly accounts: Accounts;
  readonly handOver: HandOver;
  readonly judgement: Pick<Judgement, 'stillGood'>;
  readonly clients: Pick<Clients, 'find' | 'scopes'>;
  readonly acrs: Acrs;
}): FindAccount {
  return async (ctx, id, token): Promise<Account | undefined> => {
    const handed =
      token === undefined && resumes.has(ctx.oidc.route)
        ? handOver.take(ctx.oidc.entities.Interaction?.uid, id)
        : undefined;
    const facts = handed ?? (await accounts.find(id));
    if (!facts || facts.disabled) return undefined;
    if (token !== undefined) {
      const kept = token as Resting & { clientId?: string; acr?: string; amr?: readonly string[] };
      const stands = await judgement.stillGood(kept, facts);
      if (!stands) return undefined;
      // For a code or a refresh token these go into the ID token: they say what is still valid.
      if (kept.acr !== undefined) Object.assign(kept, { acr: weakerAcr(kept.acr, stands.acr, acrs), amr: stands.amr });
    }
    const { person } = facts;
    const claims: Account['claims'] = (use, scope, named) => {
      const client = clients.find(ctx.oidc.client?.clientId);
      if (!client) return { sub: facts.id };
      const permitted = clients.scopes(client.id);
      // A scope that was taken away since it was granted gives nothing any more.
      const scopes = scope.split(' ').filter((one) => permitted.includes(one));
      return claimsGiven(client, claimsOf(facts), { use: placeOf(use), scopes, named: Object.keys(named) });
    };
    return { accountId: facts.id, claims, ...(person === undefined ? {} : { person }) };
  };
}

const placeOf = (use: string): 'id_token' | 'userinfo' => (use === 'id_token' ? 'id_token' : 'userinfo');

function claimsOf(facts: AccountFacts): AccountClaims {
  return {
    ...facts.claims,
    sub: facts.id,
    name: facts.displayName,
    given_name: facts.givenName,
    family_name: facts.familyName,
    preferred_username: facts.username,
    locale: facts.language,
    ...(facts.updatedAt === undefined ? {} : { updated_at: Math.floor(facts.updatedAt / 1000) }),
    ...(facts.email === undefined ? {} : { email: facts.email, email_verified: facts.emailVerified }),
    groups: [...facts.groups],
  };
}
