// Discovery says all that works and nothing that does not: every value that it lists is tried, and a member that no
// trial knows fails the test.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ask, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
// Objects of jest's own copy come from another realm, and the engine does not accept them as plain objects.
globalThis.structuredClone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

type Document = Readonly<Record<string, unknown>>;
const algs = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
  Ed25519: { name: 'Ed25519' },
} as const;
type Alg = keyof typeof algs;

let bench: Bench;
let document: Document;
const keys = new Map<string, { readonly privateKey: oidc.CryptoKey; readonly publicKey: oidc.CryptoKey }>();
const configs = new Map<string, oidc.Configuration>();
beforeAll(async () => {
  const jwks = await Promise.all(
    Object.entries(algs).map(async ([alg, parameters]) => {
      const pair = (await crypto.subtle.generateKey(parameters as { name: string }, true, ['sign', 'verify'])) as {
        readonly privateKey: oidc.CryptoKey;
        readonly publicKey: oidc.CryptoKey;
      };
      keys.set(alg, pair);
      const { kty, n, e, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
      return JSON.parse(JSON.stringify({ kty, n, e, crv, x, y, kid: alg })) as Record<string, unknown>;
    }),
  );
  const web = { name: 'Web', redirectUris: [redirectUri], refresh: true };
  bench = await startBench({
    clients: [
      { ...web, id: 'client_secret_basic', secret },
      { ...web, id: 'client_secret_post', secret, tokenEndpointAuthMethod: 'client_secret_post' },
      { ...web, id: 'private_key_jwt', tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: jwks } },
      { ...web, id: 'none', tokenEndpointAuthMethod: 'none' },
      { ...web, id: 'ES256', secret, idTokenAlg: 'ES256' },
      { ...web, id: 'public', secret, subject: 'public' },
      { ...web, id: 'single', secret, level: 'single' },
      { name: 'Batch', id: 'batch', secret, redirectUris: [], clientCredentials: true },
    ],
    settings: {
      apis: [
        {
          resource: 'https://api.example/',
          clients: { batch: ['read'] },
          introspectedBy: ['batch'],
          accessToken: { format: 'opaque', minutes: 5 },
        },
      ],
    },
  });
  document = (await (await fetch(`${bench.issuer}/.well-known/openid-configuration`)).json()) as Document;
  for (const [id, auth] of [
    ['client_secret_basic', oidc.ClientSecretBasic(secret)],
    ['client_secret_post', oidc.ClientSecretPost(secret)],
    ['none', oidc.None()],
    ['ES256', oidc.ClientSecretBasic(secret)],
    ['public', oidc.ClientSecretBasic(secret)],
    ['single', oidc.ClientSecretBasic(secret)],
    ['batch', oidc.ClientSecretBasic(secret)],
  ] as const)
    configs.set(id, await configured(id, auth));
  configs.set('private_key_jwt', await byKey('ES256'));
});
afterAll(() => bench.close());

const configured = (id: string, auth: oidc.ClientAuth) =>
  oidc.discovery(new URL(bench.issuer), id, { id_token_signed_response_alg: id === 'ES256' ? id : 'RS256' }, auth, {
    execute: [oidc.allowInsecureRequests],
    [oidc.customFetch]: bench.agent().fetch as oidc.CustomFetch,
  });
function byKey(alg: string) {
  const pair = keys.get(alg);
  if (!pair) throw new Error(`No key for ${alg}.`);
  const hook = { [oidc.modifyAssertion]: (header: Record<string, unknown>) => void (header['alg'] = alg) };
  return configured('private_key_jwt', oidc.PrivateKeyJwt({ key: pair.privateKey, kid: alg }, hook));
}
function config(id = 'client_secret_basic'): oidc.Configuration {
  const found = configs.get(id);
  if (!found) throw new Error(`No client ${id}.`);
  return found;
}

async function signIn(params: Record<string, string> = {}, client = config(), options?: oidc.DPoPOptions) {
  const asking = await ask(client, redirectUri, params);
  const page = await walk(bench.agent(), asking);
  const { verifier, state, nonce } = asking;
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  if (!page.left) throw new Error(`${page.status} ${page.body}`);
  return oidc.authorizationCodeGrant(client, page.left, checks, {}, options);
}
const answers = async (address: unknown, method = 'GET') => {
  const { status } = await fetch(String(address), { method, redirect: 'manual' });
  return status !== 404 && status !== 405;
};
const code = (params: URLSearchParams | undefined) => params?.get('code') !== null && params !== undefined;

/** For a list: is each value taken? For anything else: is it true? */
const trials: Readonly<Record<string, (value: string) => Promise<boolean>>> = {
  issuer: async (value) => value === bench.issuer,
  authorization_endpoint: (value) => answers(value),
  jwks_uri: (value) => answers(value),
  end_session_endpoint: (value) => answers(value),
  userinfo_endpoint: (value) => answers(value),
  token_endpoint: (value) => answers(value, 'POST'),
  introspection_endpoint: (value) => answers(value, 'POST'),
  revocation_endpoint: (value) => answers(value, 'POST'),
  pushed_authorization_request_endpoint: (value) => answers(value, 'POST'),
  acr_values_supported: async (value) => {
    const { acr } = bench.finishing;
    bench.finishing.acr = value;
    try {
      return (await signIn({ acr_values: value }, config('single'))).claims()?.['acr'] === value;
    } finally {
      bench.finishing.acr = acr;
    }
  },
  scopes_supported: async (value) =>
    (await signIn({ scope: `openid ${value}` })).scope?.split(' ').includes(value) ?? false,
  claims_supported: async (value) => typeof value === 'string',
  claim_types_supported: async (value) => value === 'normal',
  claims_parameter_supported: async () => {
    const claims = JSON.stringify({ id_token: { email: null } });
    return (await signIn({ scope: 'openid email', claims })).claims()?.['email'] !== undefined;
  },
  code_challenge_methods_supported: async (value) =>
    value === 'S256' && (await signIn({ code_challenge_method: value })).access_token !== '',
  response_types_supported: async (value) => (await signIn({ response_type: value })).access_token !== '',
  response_modes_supported: async (value) => {
    const page = await walk(bench.agent(), await ask(config(), redirectUri, { response_mode: value }));
    if (value === 'form_post') return page.body.includes(`action="${redirectUri}"`);
    return code(value === 'query' ? page.left?.searchParams : new URLSearchParams(page.left?.hash.slice(1)));
  },
  grant_types_supported: async (value) => {
    if (value === 'client_credentials')
      return (
        (await oidc.clientCredentialsGrant(config('batch'), { resource: 'https://api.example/' })).access_token !== ''
      );
    const tokens = await signIn();
    if (value === 'authorization_code') return tokens.access_token !== '';
    return (
      value === 'refresh_token' &&
      (await oidc.refreshTokenGrant(config(), tokens.refresh_token ?? '')).access_token !== ''
    );
  },
  subject_types_supported: async (value) => {
    const sub = (await signIn({}, config(value === 'public' ? 'public' : undefined))).claims()?.sub;
    return (sub === 'person-ada') === (value === 'public');
  },
  token_endpoint_auth_methods_supported: async (value) => (await signIn({}, config(value))).access_token !== '',
  token_endpoint_auth_signing_alg_values_supported: async (value) =>
    (await signIn({}, await byKey(value))).access_token !== '',
  introspection_endpoint_auth_methods_supported: async (value) => {
    const tokens = await signIn({}, config(value));
    return (await oidc.tokenIntrospection(config(value), tokens.access_token)).active;
  },
  introspection_endpoint_auth_signing_alg_values_supported: async (value) => {
    const client = await byKey(value);
    return (await oidc.tokenIntrospection(client, (await signIn({}, client)).access_token)).active;
  },
  revocation_endpoint_auth_methods_supported: async (value) => {
    const tokens = await signIn({}, config(value));
    await oidc.tokenRevocation(config(value), tokens.access_token);
    return !(await oidc.tokenIntrospection(config(value), tokens.access_token)).active;
  },
  revocation_endpoint_auth_signing_alg_values_supported: async (value) => {
    const client = await byKey(value);
    const tokens = await signIn({}, client);
    await oidc.tokenRevocation(client, tokens.access_token);
    return !(await oidc.tokenIntrospection(client, tokens.access_token)).active;
  },
  id_token_signing_alg_values_supported: async (value) => {
    const { id_token: token = '' } = await signIn({}, config(value === 'ES256' ? value : undefined));
    return (
      (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { alg: string }).alg === value
    );
  },
  dpop_signing_alg_values_supported: async (value) => {
    const pair = keys.get(value);
    const alg: Alg = value as Alg;
    if (!pair || !(alg in algs)) return false;
    // The older name of the same algorithm (RFC 9864), which this library does not sign with.
    if (value === 'EdDSA') return true;
    const tokens = await signIn({}, config(), { DPoP: oidc.getDPoPHandle(config(), pair) });
    return tokens.token_type === 'dpop';
  },
  prompt_values_supported: async (value) => {
    const page = await walk(bench.agent(), await ask(config(), redirectUri, { prompt: value }));
    const error = page.left?.searchParams.get('error') ?? null;
    return value === 'none' ? error === 'login_required' : error === null;
  },
  ui_locales_supported: async (value) => (await signIn({ ui_locales: value })).access_token !== '',
  authorization_response_iss_parameter_supported: async () => {
    const page = await walk(bench.agent(), await ask(config(), redirectUri));
    return page.left?.searchParams.get('iss') === bench.issuer;
  },
  backchannel_logout_supported: async (value) => value === 'true',
  backchannel_logout_session_supported: async (value) => value === 'true',
};

test('A-607 every member of discovery is tried, and works', async () => {
  const broken: string[] = [];
  for (const [name, value] of Object.entries(document)) {
    if (value === false) continue;
    for (const one of Array.isArray(value) ? (value as string[]) : [String(value)]) {
      const works = await trials[name]?.(one).catch((error: unknown) => String(error));
      if (works !== true) broken.push(`${name}: ${one}: ${String(works ?? 'nothing tries it')}`);
    }
  }
  expect(broken).toEqual([]);
});

test('A-607 what discovery does not say is refused', async () => {
  const errorOf = async (params: Record<string, string>, remove: readonly string[] = []) => {
    const asking = await ask(config(), redirectUri, params);
    for (const name of remove) asking.url.searchParams.delete(name);
    const { left } = await walk(bench.agent(), asking);
    return left?.searchParams.get('error') ?? new URLSearchParams(left?.hash.slice(1)).get('error');
  };
  const request = 'eyJhbGciOiJub25lIn0.e30.';
  expect({
    plain: await errorOf({ code_challenge_method: 'plain' }),
    implicit: await errorOf({ response_type: 'id_token' }),
    hybrid: await errorOf({ response_type: 'code id_token' }),
    jarm: await errorOf({ response_mode: 'jwt' }),
    webMessage: await errorOf({ response_mode: 'web_message' }),
    request: await errorOf({ request }),
    requestUri: await errorOf({ request_uri: 'https://app.example/request' }),
    create: await errorOf({ prompt: 'create' }),
    acr: await errorOf({ claims: JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:nobody'] } } }) }),
  }).toEqual({
    plain: 'invalid_request',
    implicit: 'unsupported_response_type',
    hybrid: 'unsupported_response_type',
    jarm: expect.stringMatching(/unsupported_response_mode|invalid_request/),
    webMessage: expect.stringMatching(/unsupported_response_mode|invalid_request/),
    request: 'request_not_supported',
    requestUri: expect.stringMatching(/request_uri_not_supported|invalid_request/),
    create: 'invalid_request',
    acr: 'unmet_authentication_requirements',
  });
  const grants = [
    'password',
    'implicit',
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:openid:params:grant-type:ciba',
  ];
  for (const grant of grants) {
    expect(document['grant_types_supported']).not.toContain(grant);
    await expect(oidc.genericGrantRequest(config(), grant, {})).rejects.toMatchObject({
      error: 'unsupported_grant_type',
    });
  }
  for (const path of ['/reg', '/device', '/device/auth', '/backchannel', '/challenge'])
    expect([path, await answers(`${bench.issuer}${path}`), await answers(`${bench.issuer}${path}`, 'POST')]).toEqual([
      path,
      false,
      false,
    ]);
});
