/**
 * Who may introspect a token (RFC 7662), and what an API learns there about how strong the sign-in behind it is by now
 * (RFC 9470 §6.2), so that it can ask for more. Used by `features.ts`; `apis.ts` has what the token was issued with.
 */
import type { Configuration } from 'oidc-provider';
import type { Acrs } from '../factors/policy/assurance.ts';
import type { Apis } from './apis.ts';
import type { Clients } from './clients.ts';
import { weakerAcr, type Judgement, type Verdict } from './judgement.ts';

type Policy = NonNullable<NonNullable<NonNullable<Configuration['features']>['introspection']>['allowedPolicy']>;

export interface IntrospectionParts {
  readonly clients: Pick<Clients, 'find'>;
  readonly apis: Pick<Apis, 'mayIntrospect'>;
  readonly standing: Judgement['ofToken'];
  readonly acrs: Acrs;
}

/** A client its own tokens, an API those that are issued for it; each while what the token rests on is valid. */
export function introspectionPolicy({ clients, apis, standing, acrs }: IntrospectionParts): Policy {
  return async (_ctx, client, token) => {
    const own = token.clientId === client.clientId;
    if (!own && !apis.mayIntrospect(client.clientId, 'aud' in token ? token.aud : undefined)) return false;
    // No person stands behind it: it ends with its client.
    if (token.kind === 'ClientCredentials') return clients.find(token.clientId) !== undefined;
    return lowerToWhatStands(token, await standing(token), acrs);
  };
}

/** Lowers `acr` and `amr` of the answer. @returns whether anything still stands */
export function lowerToWhatStands(token: object, stands: Verdict['stands'], acrs: Acrs): boolean {
  if (!stands) return false;
  const { extra } = token as { extra?: Readonly<Record<string, unknown>> };
  if (typeof extra?.['acr'] === 'string') {
    const acr = weakerAcr(extra['acr'], stands.acr, acrs);
    Object.assign(token, { extra: { ...extra, acr, ...(extra['amr'] === undefined ? {} : { amr: stands.amr }) } });
  }
  return true;
}
