/** Checks of the entries of `apis`, and of clients that sign nobody in: what does not fit each other. */
import { clientScopes } from './client-schema.ts';
import { noneOf, type Finding } from './config-errors.ts';
import type { Path } from './schema-tree.ts';
import type { ClientConfiguration, Settings } from './schema.ts';

/** What does not fit clients and scopes. */
export function checkApis({ apis, clients }: Settings): readonly Finding[] {
  const ids = clients.map(({ id }) => id);
  return apis.flatMap((api, index): readonly Finding[] => {
    const path: Path = ['apis', index];
    const { resource, scopes, introspectedBy, accessToken } = api;
    const names = Object.entries(api.clients).flatMap(([id, granted]) => [
      ...noneOf('the clients', ids, id, [...path, 'clients', id]),
      ...granted.flatMap((scope, at) => noneOf('its scopes', scopes, scope, [...path, 'clients', id, at])),
    ]);
    const standard = scopes.flatMap((scope, at): readonly Finding[] =>
      clientScopes.some((known) => known === scope)
        ? [{ path: [...path, 'scopes', at], says: `"${scope}" is a scope of OpenID Connect: choose another name` }]
        : [],
    );
    const texts = Object.keys(api.scopeTexts).flatMap((scope) =>
      noneOf('its scopes', scopes, scope, [...path, 'scopeTexts', scope]),
    );
    const readers = introspectedBy.flatMap((id, at): readonly Finding[] => [
      ...noneOf('the clients', ids, id, [...path, 'introspectedBy', at]),
      ...(clients.find((client) => client.id === id)?.tokenEndpointAuthMethod === 'none'
        ? [
            {
              path: [...path, 'introspectedBy', at],
              says: `"${id}" is a public client: anybody who knows its id could look at tokens`,
            },
          ]
        : []),
    ]);
    const repeated = apis.findIndex((other) => other.resource === resource) < index;
    return [
      ...(repeated ? [{ path: [...path, 'resource'], says: `"${resource}" has an entry already` }] : []),
      ...names,
      ...texts,
      ...standard,
      ...readers,
      ...checkReaders(accessToken.format, introspectedBy, path),
    ];
  });
}

function checkReaders(format: 'opaque' | 'jwt', readers: readonly string[], path: Path): readonly Finding[] {
  const at = [...path, 'introspectedBy'];
  if (format === 'jwt' && readers.length > 0)
    return [{ path: at, says: 'is for opaque tokens: the API checks a JWT itself' }];
  return format === 'opaque' && readers.length === 0
    ? [
        {
          path: at,
          says: 'is empty: nobody could read its opaque tokens; name the API’s own client, or choose `accessToken.format: jwt`',
        },
      ]
    : [];
}

/** What a client without redirect addresses may be, and who acts for itself. */
export function checkMachine(
  client: ClientConfiguration,
  { apis }: Pick<Settings, 'apis'>,
  path: Path,
): readonly Finding[] {
  const reads = apis.some(({ introspectedBy }) => introspectedBy.includes(client.id));
  const gets = apis.some(({ clients }) => Object.hasOwn(clients, client.id));
  const faults: Finding[] = [];
  if (client.redirectUris.length === 0 && !client.clientCredentials && !client.deviceGrant && !reads)
    faults.push({
      path: [...path, 'redirectUris', 0],
      says: 'is missing: nobody could sign in; for devices give `deviceGrant: true`, without people `clientCredentials: true`, or name it in `apis[].introspectedBy`',
    });
  if (client.clientCredentials && client.tokenEndpointAuthMethod === 'none')
    faults.push({ path: [...path, 'clientCredentials'], says: 'is not for a public client (RFC 6749 §4.4)' });
  if (client.clientCredentials && !gets)
    faults.push({ path: [...path, 'clientCredentials'], says: 'gets no token: name the client in `apis[].clients`' });
  return faults;
}
