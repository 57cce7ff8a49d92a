/** Which claims about a person a relying party gets, and where: names, lists and mappings. */
import { z } from 'zod';
import type { Finding } from './config-errors.ts';
import { nearest } from './did-you-mean.ts';
import type { Path } from './schema-tree.ts';

/** OpenID Connect Core 1.0 §5.4, and `groups`. A test holds that the provider has the same. */
export const claimsByScope = {
  profile: [
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
  groups: ['groups'],
} as const;

type Source = (typeof claimsByScope)[keyof typeof claimsByScope][number];
const sources = Object.values(claimsByScope).flat() as [Source, ...Source[]];

/** Claims that the protocol fills, and those that say what was proved about a person: no mapping replaces them. */
const fixedByProvider: ReadonlySet<string> = new Set(
  (
    'iss sub aud exp iat nbf jti nonce azp sid acr amr auth_time at_hash c_hash s_hash events cnf act client_id scope ' +
    'email email_verified phone_number phone_number_verified'
  ).split(' '),
);

const claimName = () =>
  z
    .string()
    .regex(/^[A-Za-z][\w.:/-]{0,199}$/)
    .meta({ expects: 'the name of a claim: letters, digits, _ . : / -' });

const claimNames = () =>
  z.union([z.literal(true), z.array(claimName())]).meta({ expects: 'true, or a list of names of claims' });

const claim = z.strictObject({
  from: z.enum(sources).optional().describe('The claim whose value it has. It is given where that one may be given.'),
  value: z
    .union([z.string().max(2048), z.number(), z.boolean(), z.array(z.string().max(2048)).max(100)])
    .meta({ expects: 'a text, a number, true, false, or a list of texts' })
    .optional()
    .describe('A value that is the same for everybody.'),
});

export const claimSettings = {
  idTokenClaims: claimNames()
    .optional()
    .describe(
      'Claims about the person in the ID token: a list of names, or `true` for all that the granted scopes allow. Default: none, they are read at userinfo (OpenID Connect Core 1.0 §5.4); clients that never ask there need this.',
    ),
  userinfoClaims: claimNames()
    .default(true)
    .describe('Claims that userinfo gives at most: a list of names, or `true` for all that the granted scopes allow.'),
  claims: z
    .record(claimName(), claim)
    .default({})
    .meta({ expects: 'claims by name, each with `from` or `value`' })
    .describe(
      'Further claims, by name: `roles: { from: groups }` gives the value of another claim (and counts as a claim of its scope), `tenant: { value: acme }` a fixed one. A standard name replaces the standard value: `preferred_username: { from: email }`.',
    ),
};

export interface ClaimSettings {
  readonly scopes: readonly string[];
  readonly idTokenClaims?: true | readonly string[] | undefined;
  readonly userinfoClaims: true | readonly string[];
  readonly claims: Readonly<Record<string, { readonly from?: Source | undefined; readonly value?: unknown }>>;
}

const scopeOf = (claim: string): string | undefined =>
  Object.entries(claimsByScope).find(([, names]) => (names as readonly string[]).includes(claim))?.[0];

/** Names that nothing gives, and mappings that cannot be. */
export function checkClaims(client: ClaimSettings, path: Path): readonly Finding[] {
  const { scopes, claims } = client;
  const allowed = (scope: string | undefined): boolean => scope !== undefined && scopes.includes(scope);
  const faults: Finding[] = [];
  for (const [name, { from, value }] of Object.entries(claims)) {
    const at = [...path, 'claims', name];
    if (fixedByProvider.has(name))
      faults.push({ path: at, says: `must not be set: what ${name} says is the provider's alone` });
    if ((from === undefined) === (value === undefined))
      faults.push({ path: at, says: 'expected either `from` or `value`' });
    else if (from !== undefined && !allowed(scopeOf(from)))
      faults.push({ path: [...at, 'from'], says: `needs the scope ${scopeOf(from)} in \`scopes\`` });
  }
  for (const list of ['idTokenClaims', 'userinfoClaims'] as const) {
    const named = client[list];
    if (named === undefined || named === true) continue;
    for (const [index, name] of named.entries()) {
      const at = [...path, list, index];
      if (name === 'sub' || Object.hasOwn(claims, name)) continue;
      const scope = scopeOf(name);
      if (scope === undefined)
        faults.push({
          path: at,
          says: `names "${name}", which is no claim of a scope and none of \`claims\``,
          meant: nearest(name, [...sources, ...Object.keys(claims)]),
        });
      else if (!allowed(scope))
        faults.push({ path: at, says: `names ${name}, which needs the scope ${scope} in \`scopes\`` });
    }
  }
  return faults;
}
