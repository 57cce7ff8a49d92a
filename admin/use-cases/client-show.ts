/** The values of one relying party that its developer copies: `rekey client show`. Never a secret. */
import { levels } from '../../factors/policy/types.ts';
import type { Registry } from '../../factors/registry.ts';
import { highestLevel } from '../../interactions/highest-level.ts';
import { namesOf } from '../../provider/client-claims.ts';
import { routes } from '../../provider/routes.ts';
import type { ClientConfiguration, Settings } from '../../config/schema.ts';
import { done, refuse, type Outcome } from '../refusals.ts';

const { code_verification: codesEnteredAt, device_authorization: forDevices, ...endpoints } = routes;

export interface ClientShown {
  readonly issuer: string;
  readonly discovery: string;
  readonly endpoints: Readonly<Record<keyof typeof endpoints, string>>;
  readonly clientId: string;
  /** Where its secret stands, for the clients that have one. */
  readonly secretAt: string | null;
  readonly authentication: ClientConfiguration['tokenEndpointAuthMethod'];
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly pkce: ClientConfiguration['pkce'];
  readonly pushedRequests: boolean;
  readonly dpop: boolean;
  readonly refresh: boolean;
  readonly idTokenAlg: string;
  readonly scopes: readonly string[];
  /** What userinfo and the ID token have by these scopes. */
  readonly userinfoClaims: readonly string[];
  readonly idTokenClaims: readonly string[];
  /** How people sign in at it: not at all where it only asks for itself, or reads tokens. */
  readonly signsIn: 'browser' | 'device' | 'no';
  /** The value of `acr_values` for each level from the client's own on to the highest of its keys, weakest first. */
  readonly levels: readonly { readonly level: string; readonly acr: string }[];
  readonly backchannelLogoutUri: string | null;
  /** Whether people are asked before it gets anything about them. */
  readonly thirdParty: boolean;
  /** Whether it gets tokens for itself (`client_credentials`). */
  readonly clientCredentials: boolean;
  /** Where devices without a browser ask, and where people enter their codes (RFC 8628); `null`: it has none. */
  readonly deviceGrant: { readonly authorization: string; readonly page: string } | null;
  /** The APIs for which it gets tokens, and with which scopes. */
  readonly apis: readonly { readonly resource: string; readonly scopes: readonly string[] }[];
  /** The APIs whose tokens it may look at. */
  readonly introspects: readonly string[];
}

/** @param placeOf where a value of the configuration stands */
export function showClient(
  {
    settings,
    registry,
    placeOf,
  }: {
    readonly settings: Settings;
    readonly registry: Registry;
    readonly placeOf: (path: readonly (string | number)[]) => string;
  },
  id: string,
): Outcome<ClientShown> {
  const index = settings.clients.findIndex((client) => client.id === id);
  const client = settings.clients[index];
  if (!client) return refuse('client_unknown', unknownClient(settings, id));
  const { issuer } = settings;
  const highest = highestLevel({ settings, registry }, client.accepts);
  const scopes = client.refresh ? [...new Set([...client.scopes, 'offline_access'])] : client.scopes;
  const allowed = [...namesOf(client, scopes)];
  const only = (listed: true | readonly string[] | undefined) =>
    listed === true ? allowed : allowed.filter((name) => listed?.includes(name) ?? false);
  return done({
    issuer,
    discovery: `${issuer}/.well-known/openid-configuration`,
    endpoints: Object.fromEntries(
      Object.entries(endpoints).map(([name, path]) => [name, `${issuer}${path}`]),
    ) as ClientShown['endpoints'],
    clientId: id,
    secretAt: client.secret === undefined ? null : placeOf(['clients', index, 'secret']),
    authentication: client.tokenEndpointAuthMethod,
    redirectUris: client.redirectUris,
    postLogoutRedirectUris: client.postLogoutRedirectUris,
    pkce: client.pkce,
    pushedRequests: client.requirePushedRequests,
    dpop: client.requireDpop,
    refresh: client.refresh,
    idTokenAlg: client.idTokenAlg,
    scopes,
    userinfoClaims: only(client.userinfoClaims ?? true),
    idTokenClaims: only(client.idTokenClaims),
    signsIn: client.redirectUris.length > 0 ? 'browser' : client.deviceGrant ? 'device' : 'no',
    levels: levels
      .slice(levels.indexOf(client.level), levels.indexOf(highest) + 1)
      .map((level) => ({ level, acr: settings.acr[level] })),
    backchannelLogoutUri: client.backchannelLogoutUri ?? null,
    thirdParty: client.thirdParty,
    clientCredentials: client.clientCredentials,
    deviceGrant: client.deviceGrant
      ? { authorization: `${issuer}${forDevices}`, page: `${issuer}${codesEnteredAt}` }
      : null,
    apis: settings.apis.flatMap(({ resource, clients }) =>
      Object.hasOwn(clients, id) ? [{ resource, scopes: clients[id] ?? [] }] : [],
    ),
    introspects: settings.apis.flatMap(({ resource, introspectedBy }) =>
      introspectedBy.includes(id) ? [resource] : [],
    ),
  });
}

export function unknownClient({ clients }: Pick<Settings, 'clients'>, id: string): string {
  const known = clients.map((client) => client.id).join(', ');
  return `No relying party has the id ${id}. There are: ${known || 'none'}.`;
}
