/**
 * Which claims about a person a relying party gets, and where (`idTokenClaims`, `userinfoClaims`, `claims` of a
 * client). Pure: `find-account.ts` asks for each answer, `grants.ts` for what may be asked by name.
 */
import type { AccountClaims } from 'oidc-provider';
import { claimsOfScopes } from './accounts.ts';

export interface ClientClaims {
  /** In the ID token: absent, none but those that a request asks for by name. */
  readonly idTokenClaims?: true | readonly string[] | undefined;
  /** At userinfo, at most: absent, all. */
  readonly userinfoClaims?: true | readonly string[] | undefined;
  /** Further claims, and standard ones with another value. */
  readonly claims?: Readonly<Record<string, MappedClaim>> | undefined;
}

export interface MappedClaim {
  readonly from?: string | undefined;
  readonly value?: unknown;
}

/** The standard claims of these scopes; `openid` has none about the person. */
const ofScopes = (scopes: Iterable<string>): ReadonlySet<string> =>
  new Set(
    [...scopes].flatMap((scope): readonly string[] =>
      scope !== 'openid' && Object.hasOwn(claimsOfScopes, scope)
        ? claimsOfScopes[scope as keyof typeof claimsOfScopes]
        : [],
    ),
  );

const mapped = ({ claims }: ClientClaims, name: string): MappedClaim | undefined =>
  claims !== undefined && Object.hasOwn(claims, name) ? claims[name] : undefined;

/** The names that these scopes allow: a mapped claim follows its source, a fixed one needs no scope. */
export function namesOf(client: ClientClaims, scopes: Iterable<string>): ReadonlySet<string> {
  const standard = ofScopes(scopes);
  if (client.claims === undefined) return standard;
  const names = new Set(standard);
  for (const [name, { from }] of Object.entries(client.claims)) {
    if (from === undefined || standard.has(from)) names.add(name);
    else names.delete(name);
  }
  return names;
}

/**
 * The scope whose data a claim belongs to, a mapped one by its source; `undefined`: it says nothing about the person.
 */
export function scopeOfClaim(client: ClientClaims, name: string): string | undefined {
  const own = mapped(client, name);
  const source = own === undefined ? name : own.from;
  return Object.entries(claimsOfScopes).find(([, claims]) => claims.some((claim) => claim === source))?.[0];
}

export interface ClaimsAsked {
  readonly use: 'id_token' | 'userinfo';
  /** The granted scopes. */
  readonly scopes: Iterable<string>;
  /** By the parameter `claims` for this place, granted. */
  readonly named: Iterable<string>;
}

/** @param known all that is known of the person, by standard name */
export function claimsGiven(client: ClientClaims, known: AccountClaims, asked: ClaimsAsked): AccountClaims {
  const given: AccountClaims = { sub: known.sub };
  for (const name of namesGiven(client, asked)) {
    const own = mapped(client, name);
    const value = own === undefined ? known[name] : own.from === undefined ? own.value : known[own.from];
    if (value !== undefined && name !== 'sub') given[name] = value;
  }
  return given;
}

function namesGiven(client: ClientClaims, { use, scopes, named }: ClaimsAsked): readonly string[] {
  const listed = use === 'id_token' ? client.idTokenClaims : (client.userinfoClaims ?? true);
  if (use === 'id_token' && listed === undefined) return [...named];
  const allowed = namesOf(client, scopes);
  if (listed === true || listed === undefined) return [...allowed, ...named];
  const found = listed.filter((name) => allowed.has(name));
  // Userinfo gives at most the list; the ID token what is listed, and what a request names.
  return use === 'id_token' ? [...found, ...named] : [...found, ...[...named].filter((name) => listed.includes(name))];
}
