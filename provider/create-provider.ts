/**
 * The engine's whole configuration: every setting is written here, so that the engine uses no default that it would
 * warn about.
 */
import {
  errors,
  Provider,
  type Configuration,
  type FindAccount,
  type interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { defined } from '../accounts/defined.ts';
import { levels } from '../factors/policy/types.ts';
import { rank } from '../factors/policy/assurance.ts';
import type { Clock } from '../time/clock.ts';
import { claimsOfScopes } from './accounts.ts';
import { createApis, provedClaims } from './apis.ts';
import { actionParameter, createActionParameter } from './asked-action.ts';
import type { ConsentRules } from './asked-consent.ts';
import type { BrowserSecret } from './browser-secret.ts';
import type { Clients } from './clients.ts';
import { cookiesOf } from './cookies.ts';
import type { CookieKeys } from './cookie-keys.ts';
import { createRenderError } from './error-page.ts';
import { createFapiAssertion } from './fapi-assertion.ts';
import { createFeatures } from './features.ts';
import { createLoadExistingGrant } from './grants.ts';
import type { DeviceCodes } from './device-codes.ts';
import { allowDevices, createDeviceFlow } from './device-flow.ts';
import { keepMaxAge } from './device-max-age.ts';
import type { EngineKeys } from './keys.ts';
import { createFetch } from './guarded-fetch.ts';
import { keepOfflineAccess } from './offline-access.ts';
import type { Pages } from './pages.ts';
import { createAfterSignOut } from './after-sign-out.ts';
import { reportedAcr } from './requested-level.ts';
import { takeChosenValues } from './refresh-grace.ts';
import { clientIdOf, paramsOf, type Judgement } from './judgement.ts';
import { markSessions } from './session-marks.ts';
import { keepEvidence, type Resting } from './session-facts.ts';
import type { EngineSettings } from './settings.ts';
import type { StorageBridge } from './storage-bridge.ts';
import { lifetimes } from './lifetimes.ts';
import { createPushedRequests } from './pushed-requests.ts';
import { routes } from './routes.ts';
import { onlyForItsBrowser } from './resume-guard.ts';

const clientAuthAlgs = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;
const clientAuthMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;

/** All paths of one sign-in are below it: the cookie that binds the sign-in to a browser is bound to this path. */
export const interactionPath = (uid: string): string => `/interaction/${uid}`;

/** Where the browser goes at the end of a sign-in, so that the engine answers the relying party. */
export const resumePath = (uid: string): string => `${routes.authorization}/${uid}`;

export interface ProviderParts {
  readonly settings: EngineSettings;
  readonly keys: Pick<EngineKeys, 'jwks'>;
  readonly cookieKeys: CookieKeys;
  readonly clients: Clients;
  readonly consents: Pick<ConsentRules, 'given'>;
  readonly bridge: Pick<StorageBridge, 'adapter'>;
  readonly browsers: BrowserSecret;
  readonly findAccount: FindAccount;
  readonly policy: interactionPolicy.DefaultPolicy;
  readonly judgement: Pick<Judgement, 'known' | 'needOf' | 'ofToken'>;
  readonly pages: Pages;
  readonly deviceCodes: DeviceCodes;
  readonly clock: Clock;
}

/** What we keep of an answer beside the engine's own members of a session. */
type Given = Pick<Resting, 'need' | 'consent'>;

export function createProvider(parts: ProviderParts): Provider {
  const { settings } = parts;
  const provider = new Provider(settings.issuer, configuration(parts));
  provider.proxy = settings.proxy !== false;
  // Only one entry is left: see forwarded-address.ts.
  provider.maxIpsCount = 1;
  const standingOf = (ctx: KoaContextWithOIDC) => {
    const stands = parts.judgement.known(ctx)?.stands;
    if (!stands) throw new Error('An authorization request was accepted that was not judged.');
    return stands;
  };
  const consentIn = (ctx: KoaContextWithOIDC) => defined({ consent: parts.consents.given(ctx)?.id });
  keepEvidence(provider, (ctx) => ({
    rests: standingOf(ctx).rests,
    need: parts.judgement.needOf(ctx),
    ...consentIn(ctx),
  }));
  markSessions(provider, parts.clock);
  takeChosenValues(provider);
  provider.on('authorization.accepted', (ctx) => {
    const { acr, amr } = standingOf(ctx);
    Object.defineProperty(ctx.oidc, 'acr', { value: reportedAcr(paramsOf(ctx), acr, settings.acrs) });
    Object.defineProperty(ctx.oidc, 'amr', { value: [...amr] });
    const given = ctx.oidc.session?.authorizationFor(clientIdOf(ctx)) as Given | undefined;
    const need = parts.judgement.needOf(ctx);
    if (given && (given.need === undefined || rank(given.need) > rank(need))) given.need = need;
    if (given) Object.assign(given, consentIn(ctx));
  });
  allowDevices(provider, parts.clients);
  parts.deviceCodes.attach(provider);
  provider.use(createAfterSignOut(routes.end_session, parts.pages));
  return provider;
}

function configuration(parts: ProviderParts): Configuration {
  const { settings, keys, cookieKeys, clients, bridge, browsers, findAccount, policy, pages, clock, judgement } = parts;
  const { consents, deviceCodes } = parts;
  const cookies = cookiesOf(settings.issuer);
  const apis = createApis(settings.apis ?? []);
  const pushed = createPushedRequests({ limits: settings.signInLimits, clock });
  const renderError = createRenderError(pages);
  return {
    adapter: (model) =>
      pushed(model, deviceCodes.guard(model, onlyForItsBrowser(model, bridge.adapter(model), browsers))),
    clients: clients.metadata,
    jwks: { keys: [...keys.jwks.keys] },
    cookies: {
      names: cookies.names,
      long: cookies.options,
      short: cookies.options,
      keys: cookieKeys,
    },
    routes,
    findAccount,
    interactions: { policy, url: (_ctx, { uid }) => interactionPath(uid) },
    loadExistingGrant: createLoadExistingGrant({ clients, apis, consents }),
    ...claimsConfiguration(parts),
    ...clientConfiguration(parts),
    ...tokenConfiguration(parts),
    features: createFeatures({
      pages,
      clients,
      apis,
      standing: (token) => judgement.ofToken(token),
      acrs: settings.acrs,
      deviceFlow: createDeviceFlow({ pages, clients, codes: deviceCodes, clock, renderError }),
    }),
    renderError,
    // By POST: see post-to-get.ts.
    enableHttpPostMethods: false,
    fetch: createFetch(settings.allowInternalHosts) as NonNullable<Configuration['fetch']>,
    discovery: {
      ui_locales_supported: [...(settings.languages ?? ['nl', 'fr', 'de', 'en'])],
      request_parameter_supported: false,
      prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
      revocation_endpoint_auth_methods_supported: [...clientAuthMethods],
      introspection_endpoint_auth_methods_supported: [...clientAuthMethods],
      // RFC 8414 §2: they must be there beside `private_key_jwt`.
      revocation_endpoint_auth_signing_alg_values_supported: [...clientAuthAlgs],
      introspection_endpoint_auth_signing_alg_values_supported: [...clientAuthAlgs],
    },
  };
}

/** Claims, and who gets them. */
function claimsConfiguration({ settings, clients }: ProviderParts): Partial<Configuration> {
  const highest = rank(settings.highestLevel ?? 'high');
  return {
    acrValues: levels.filter((level) => rank(level) <= highest).map((level) => settings.acrs[level]),
    claims: claimsOffered(clients),
    scopes: ['openid', 'offline_access'],
    conformIdTokenClaims: true,
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (_ctx, accountId, client) => clients.pairwiseSub(client.clientId, accountId),
    sectorIdentifierUriValidate: () => false,
  };
}

/**
 * The engine passes on every claim that the account gives (`client-claims.ts` decides): so `openid` has them all here,
 * and the other scopes have theirs only so that they are known.
 */
function claimsOffered(clients: Clients): Record<string, string[]> {
  const scopes = Object.entries(claimsOfScopes).filter(([scope]) => clients.offered.has(scope));
  const own = scopes.map(([scope, claims]): [string, string[]] => [scope, [...claims]]);
  return {
    ...Object.fromEntries(own),
    openid: [...claimsOfScopes.openid, ...own.flatMap(([, claims]) => claims), ...clients.furtherClaims],
  };
}

function extraParameters(clients: Clients): NonNullable<Configuration['extraParams']> {
  const action = createActionParameter(clients);
  return {
    [actionParameter]: (ctx, value, client) => {
      keepOfflineAccess(ctx, client);
      keepMaxAge(ctx);
      action[actionParameter](ctx, value, client);
    },
  };
}

/** The engine asks it for requests without PKCE alone. Throws where it is required, and names the setting. */
function refuseWithoutPkce(clients: Clients, id: string): false {
  if (!clients.needsPkce(id)) return false;
  throw new errors.InvalidRequest(
    'PKCE is required: send code_challenge with code_challenge_method=S256 (setting clients[].pkce)',
  );
}

/** What clients may and must do. */
function clientConfiguration({ clients }: ProviderParts): Partial<Configuration> {
  return {
    responseTypes: ['code'],
    extraParams: extraParameters(clients),
    clientAuthMethods: [...clientAuthMethods],
    assertJwtClientAuthClaimsAndHeader: createFapiAssertion(clients),
    pkce: { required: (_ctx, client) => refuseWithoutPkce(clients, client.clientId) },
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    clientBasedCORS: (_ctx, origin, client) => clients.allowsOrigin(client.clientId, origin),
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256'],
      clientAuthSigningAlgValues: [...clientAuthAlgs],
      dPoPSigningAlgValues: ['ES256', 'PS256', 'EdDSA', 'Ed25519'],
    },
    // Clocks often differ by a minute, but this must not make signed objects live much longer.
    clockTolerance: 15,
  };
}

/** The format, the lifetime and the end of tokens. */
function tokenConfiguration({ settings, clients, clock }: ProviderParts): Partial<Configuration> {
  return {
    formats: { bitsOfOpaqueRandomness: 256 },
    ttl: lifetimes(settings, clock),
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: ({ oidc: { client } }: KoaContextWithOIDC) =>
      client === undefined || !clients.followsFapi(client.clientId),
    expiresWithSession: (_ctx, token) => !token.scopes.has('offline_access'),
    revokeGrantPolicy: (ctx: KoaContextWithOIDC) => ctx.oidc.route !== 'revocation' || !ctx.oidc.entities.AccessToken,
    extraTokenClaims: ({ oidc: { entities } }: KoaContextWithOIDC) =>
      provedClaims(
        entities.RotatedRefreshToken ?? entities.RefreshToken ?? entities.AuthorizationCode ?? entities.DeviceCode,
      ),
  };
}
