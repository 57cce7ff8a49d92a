/** Checks of one client's entry that need several of its settings: its kind, its profile, its authentication. */
import { createPublicKey } from 'node:crypto';
import { fapi2 } from './client-defaults.ts';
import type { Finding } from './config-errors.ts';
import type { Path } from './schema-tree.ts';
import type { ClientConfiguration, Settings } from './schema.ts';
import { isLoopback } from './value-types.ts';

export function checkAuthentication(client: ClientConfiguration, path: Path): Finding[] {
  const { tokenEndpointAuthMethod: method, secret, jwks, jwksUri, pkce } = client;
  const needsSecret = method.startsWith('client_secret_');
  const faults: Finding[] = [];
  if (needsSecret && secret === undefined)
    faults.push({
      path: [...path, 'secret'],
      says: `is missing: ${method} needs one; give \`secret\`, \`secretFile\` or an environment variable`,
    });
  if (!needsSecret && secret !== undefined)
    faults.push({ path: [...path, 'secret'], says: `is not for ${method}: leave it out` });
  if (method === 'private_key_jwt' && (jwks === undefined) === (jwksUri === undefined))
    faults.push({ path: [...path, 'jwks'], says: 'expected either `jwks` or `jwksUri` for private_key_jwt' });
  for (const [index, key] of (jwks?.keys ?? []).entries())
    if (!isPublicKey(key))
      faults.push({ path: [...path, 'jwks', 'keys', index], says: 'expected a public key, without its private part' });
  if (method === 'none' && pkce === 'optional')
    faults.push({ path: [...path, 'pkce'], says: 'must not be lifted for a public client (RFC 9700 §2.1.1)' });
  return faults;
}

/**
 * Otherwise the relying party would be refused at its first request (RFC 7517 §9.3: `d` and `k` are the secret
 * members).
 */
function isPublicKey(key: Readonly<Record<string, unknown>>): boolean {
  try {
    createPublicKey({ key, format: 'jwk' });
    return !('d' in key) && !('k' in key);
  } catch {
    return false;
  }
}

/** What is shown only where people are asked, and the texts that asking needs. */
export function checkThirdParty(
  { id, thirdParty, ...client }: ClientConfiguration,
  { apis }: Pick<Settings, 'apis'>,
  path: Path,
): readonly Finding[] {
  if (!thirdParty)
    return (['tosUri', 'policyUri'] as const).flatMap((name) =>
      client[name] === undefined
        ? []
        : [
            {
              path: [...path, name],
              says: 'is shown only where people are asked: give `thirdParty: true`, or leave it out',
            },
          ],
    );
  return apis.flatMap(({ clients, scopeTexts }, index) =>
    (Object.hasOwn(clients, id) ? (clients[id] ?? []) : [])
      .filter((scope) => !Object.hasOwn(scopeTexts, scope))
      .map((scope) => ({
        path: ['apis', index, 'scopeTexts', scope],
        says: `is missing: people are asked before "${id}" gets it; say in words what it lets a service do`,
      })),
  );
}

/** What an application on a device may have (RFC 8252 §7, §8), and addresses that only such a one may have. */
export function checkApplication(client: ClientConfiguration, path: Path): readonly Finding[] {
  const { application, tokenEndpointAuthMethod: method } = client;
  const addresses = (['redirectUris', 'postLogoutRedirectUris'] as const).flatMap((list) =>
    client[list].flatMap((uri, index): readonly Finding[] => {
      const says = application === 'native' ? faultOfNative(uri) : faultOfWeb(uri);
      return says === undefined ? [] : [{ path: [...path, list, index], says }];
    }),
  );
  const authentication: readonly Finding[] =
    application === 'native' && method !== 'none'
      ? [
          {
            path: [...path, 'tokenEndpointAuthMethod'],
            says: `must not be ${method} for a native application, which keeps no secret: leave it out (RFC 8252 §8.5)`,
          },
        ]
      : [];
  return [...authentication, ...addresses];
}

function faultOfWeb(uri: string): string | undefined {
  return /^https?:$/.test(new URL(uri).protocol)
    ? undefined
    : 'expected https://…: the scheme of an application on a device needs `application: native`';
}

function faultOfNative(uri: string): string | undefined {
  const { protocol, hostname } = new URL(uri);
  if (protocol === 'http:')
    return hostname === '127.0.0.1' || hostname === '[::1]'
      ? undefined
      : 'expected http://127.0.0.1/… or http://[::1]/… (any port is taken), https://…, or a scheme of its own with a dot (RFC 8252 §7)';
  if (protocol === 'https:')
    return isLoopback(hostname) ? 'expected a host of its own for https, which the application has claimed' : undefined;
  return protocol.includes('.')
    ? undefined
    : `expected a scheme with a dot, such as com.example.app: ("${protocol}" may be another application’s, RFC 8252 §7.1)`;
}

/** What contradicts the profile that the entry names. */
export function checkProfile(client: ClientConfiguration, path: Path): readonly Finding[] {
  if (client.profile === undefined) return [];
  const differs = (Object.keys(fapi2) as (keyof typeof fapi2)[]).filter((name) => client[name] !== fapi2[name]);
  return [
    ...differs.map((name) => ({
      path: [...path, name],
      says: `contradicts \`profile: fapi2\`, which needs ${String(fapi2[name])}: leave it out`,
    })),
    ...(client.jwks?.keys ?? []).flatMap((key, index): readonly Finding[] =>
      typeof key['alg'] === 'string' && key['alg'].startsWith('RS')
        ? [
            {
              path: [...path, 'jwks', 'keys', index, 'alg'],
              says: 'contradicts `profile: fapi2`, which allows PS256, ES256 and EdDSA alone',
            },
          ]
        : [],
    ),
    ...(client.deviceGrant
      ? [
          {
            path: [...path, 'deviceGrant'],
            says: 'contradicts `profile: fapi2`, which knows the authorization code alone',
          },
        ]
      : []),
    ...(client.application === 'native'
      ? [{ path: [...path, 'application'], says: 'contradicts `profile: fapi2`, which needs a confidential client' }]
      : []),
    ...client.redirectUris.flatMap((uri, index): readonly Finding[] => {
      const { protocol, hostname } = new URL(uri);
      return protocol === 'http:' && !isLoopback(hostname)
        ? [{ path: [...path, 'redirectUris', index], says: 'contradicts `profile: fapi2`, which needs https' }]
        : [];
    }),
  ];
}
