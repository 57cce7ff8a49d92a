/**
 * What a client's entry leaves out: by its kind (`application`) and its profile. Called by `client-schema.ts`, so that
 * everybody after it sees a whole entry.
 */
export type AuthMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';

/** The settings that a kind or a profile fills in. */
export interface Given {
  readonly application: 'web' | 'native';
  readonly profile?: 'fapi2' | undefined;
  readonly tokenEndpointAuthMethod?: AuthMethod | undefined;
  readonly pkce?: 'required' | 'optional' | undefined;
  readonly idTokenAlg?: 'RS256' | 'ES256' | undefined;
  readonly requirePushedRequests?: boolean | undefined;
  readonly requireDpop?: boolean | undefined;
}

interface Filled {
  readonly tokenEndpointAuthMethod: AuthMethod;
  readonly pkce: 'required' | 'optional';
  readonly idTokenAlg: 'RS256' | 'ES256';
  readonly requirePushedRequests: boolean;
  readonly requireDpop: boolean;
}

const usual: Filled = {
  tokenEndpointAuthMethod: 'client_secret_basic',
  pkce: 'required',
  idTokenAlg: 'RS256',
  requirePushedRequests: false,
  requireDpop: false,
};

/**
 * FAPI 2.0 Security Profile §5.3 and §5.4: pushed requests, a key of the client, tokens bound to a key, no RS256. The
 * issuer (`iss`) is in every answer of this provider.
 */
export const fapi2: Filled = {
  tokenEndpointAuthMethod: 'private_key_jwt',
  pkce: 'required',
  idTokenAlg: 'ES256',
  requirePushedRequests: true,
  requireDpop: true,
};

export function withDefaults<Entry extends Given>(entry: Entry): Omit<Entry, keyof Filled> & Filled {
  const own = entry.profile === 'fapi2' ? fapi2 : usual;
  const method = own === usual && entry.application === 'native' ? 'none' : own.tokenEndpointAuthMethod;
  return {
    ...entry,
    tokenEndpointAuthMethod: entry.tokenEndpointAuthMethod ?? method,
    pkce: entry.pkce ?? own.pkce,
    idTokenAlg: entry.idTokenAlg ?? own.idTokenAlg,
    requirePushedRequests: entry.requirePushedRequests ?? own.requirePushedRequests,
    requireDpop: entry.requireDpop ?? own.requireDpop,
  };
}
