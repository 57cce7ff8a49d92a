/** A relying party. Names follow OpenID Connect Dynamic Client Registration 1.0 §2 where it has one. */
import { z } from 'zod';
import { claimSettings } from './claims-schema.ts';
import { withDefaults } from './client-defaults.ts';
import {
  clientIdentifier,
  clientSecret,
  count,
  origin,
  redirectUri,
  startUrl,
  text,
  texts,
  webUrl,
  webUrls,
} from './value-types.ts';

export const clientLevels = ['single', 'low', 'substantial', 'high'] as const;

/** Every setting of a client that the engine knows. */
export const clientScopes = ['openid', 'profile', 'email', 'address', 'phone', 'groups', 'offline_access'] as const;

/** What a client may ask people to do with their account. */
export const clientActions = [
  'add-key',
  'replace-key',
  'remove-key',
  'change-password',
  'change-email',
  'change-phone',
  'activate',
] as const;

export const authMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;

const identity = {
  id: clientIdentifier().describe(
    'Its `client_id`. One with a `:` is written percent-encoded in the header of `client_secret_basic` (RFC 6749 §2.3.1).',
  ),
  name: texts().optional().describe('Its name on the pages: "you sign in to …". Default: the id.'),
  url: webUrl().optional().describe('Its own address, where people begin: pages without another way on link to it.'),
  initiateLoginUri: startUrl()
    .optional()
    .describe(
      'Where its sign-in begins (OpenID Connect Core 1.0 §4, `initiate_login_uri`); it gets `iss`. After a sign-in that took longer than `initiateLoginAfterMinutes` the browser goes there instead of back with an answer that the service has forgotten: it begins anew, and single sign-on finishes at once. Pages of a sign-in that has expired lead there too.',
    ),
  initiateLoginAfterMinutes: count(1, 60)
    .default(5)
    .describe('How long the service remembers a sign-in that it began. Only with `initiateLoginUri`.'),
  application: z
    .enum(['web', 'native'])
    .default('web')
    .describe(
      '`native`: an application on a device (RFC 8252). It is public, with PKCE; its redirect addresses are `http://127.0.0.1/…` and `http://[::1]/…` (any port is taken), `https://…` that it has claimed, or a scheme of its own with a dot, `com.example.app:/callback`. At an address that is not `https`, any program there could call itself this one, so a person who is signed in already is asked before it gets an answer (RFC 8252 §8.6).',
    ),
  profile: z
    .enum(['fapi2'])
    .optional()
    .describe(
      '`fapi2`: the FAPI 2.0 Security Profile. Sets `private_key_jwt`, pushed requests, DPoP, PKCE and ES256, and what contradicts it in the entry is a mistake. Its assertions are signed with PS256, ES256 or EdDSA. Mutual TLS is not offered, since TLS ends before this process.',
    ),
  secret: clientSecret('a secret of 16 characters or more')
    .optional()
    .describe(
      'Its `client_secret`, of visible ASCII characters and spaces; absent for a public client (`tokenEndpointAuthMethod: none`) and with `private_key_jwt`. Hexadecimal is safest: some clients do not encode `+`, `%` and `:` for the header.',
    ),
  tokenEndpointAuthMethod: z
    .enum(authMethods)
    .optional()
    .meta({ default: 'client_secret_basic' })
    .describe(
      'How it authenticates at the token endpoint; with a secret the header and the form are both taken, whichever of the two stands here. `none` makes it a public client, and is the default of `application: native`.',
    ),
  jwks: z
    .looseObject({
      keys: z
        .array(
          z.looseObject({
            kty: z.string().describe('Kind of key (RFC 7517 §4.1); further members as the key needs them.'),
          }),
        )
        .min(1)
        .describe('The keys.'),
    })
    .meta({ expects: 'a JSON Web Key Set with its public keys' })
    .optional()
    .describe('Public keys, for `private_key_jwt`; or `jwksUri`.'),
  jwksUri: webUrl().optional().describe('Where its public keys are fetched.'),
};

const redirects = {
  redirectUris: z
    .array(redirectUri())
    .default([])
    .describe(
      'Permitted redirect addresses, compared character by character. Needed, but for a client of devices (`deviceGrant`) and one that signs nobody in (`clientCredentials`, `apis[].introspectedBy`). A demo adds those of its own relying party.',
    ),
  postLogoutRedirectUris: z.array(redirectUri()).default([]).describe('Where it may ask to go after signing out.'),
  pkce: z
    .enum(['required', 'optional'])
    .optional()
    .meta({ default: 'required' })
    .describe('PKCE with S256 (RFC 7636). Only for an older confidential client that cannot is `optional` right.'),
};

const assurance = (factorIds: readonly [string, ...string[]]) => ({
  level: z
    .enum(clientLevels)
    .default('low')
    .describe(
      'The least level of every sign-in here: `low`, `substantial` and `high` ask a key of at least that strength; with `single` a password is enough for people who have no key and no second-factor deadline (`signIn.secondFactorDeadlines`), and any key is accepted.',
    ),
  accepts: z
    .array(z.enum(factorIds))
    .min(1)
    .optional()
    .describe('Which keys may be used here. Default: all that are enabled.'),
  trustedBrowser: z
    .boolean()
    .default(false)
    .describe(
      'Whether a browser that is trusted (`signIn.trustedBrowser`) stands for the key here. The token then says what happened: the password alone. So only with level `single`.',
    ),
});

const tokens = {
  subject: z
    .enum(['pairwise', 'public'])
    .default('pairwise')
    .describe('Whether `sub` is another one for every relying party (OpenID Connect Core 1.0 §8).'),
  sectorIdentifier: text('a host name')
    .optional()
    .describe(
      'Host that relying parties share which shall see one `sub`. Needed for pairwise subjects when the redirect addresses lie on several hosts. Default: the host of the first one.',
    ),
  idTokenAlg: z
    .enum(['RS256', 'ES256'])
    .optional()
    .meta({ default: 'RS256' })
    .describe('Signature of the ID token. Every relying party understands RS256.'),
  refresh: z
    .boolean()
    .default(false)
    .describe(
      'Issue refresh tokens, replaced at every use (but see `requireDpop`). They end with the session, but where the request asks for `offline_access`.',
    ),
  scopes: z
    .array(z.enum(clientScopes))
    .min(1)
    .default(['openid', 'profile', 'email'])
    .describe(
      'What it may ask for; `offline_access` is added where `refresh` is true. Other scopes of a request are ignored, and the token answer names the granted ones.',
    ),
  clientCredentials: z
    .boolean()
    .default(false)
    .describe(
      'Whether it may get tokens for itself, without a person (`client_credentials`, RFC 6749 §4.4), for the APIs that name it (`apis[].clients`).',
    ),
  deviceGrant: z
    .boolean()
    .default(false)
    .describe(
      'Whether people sign in at it with a code that a device without a browser shows, and that they type in on a telephone or computer at `<issuer>/device` (RFC 8628). It needs no redirect address, and may be public (`tokenEndpointAuthMethod: none`).',
    ),
  corsOrigins: z
    .array(origin())
    .optional()
    .describe(
      'Origins from which a browser may call token, userinfo and revocation. Default: for a public client in a browser the origins of its redirect addresses; else none.',
    ),
};

const protection = {
  askOnLogout: z
    .boolean()
    .default(false)
    .describe(
      'Ask people before every sign-out that it asks for. Otherwise nobody is asked where the request has an ID token of this session (`id_token_hint`).',
    ),
  backchannelLogoutUri: webUrl()
    .optional()
    .describe('Told when a session ends (OpenID Connect Back-Channel Logout 1.0).'),
  backchannelLogoutSessionRequired: z
    .boolean()
    .default(true)
    .describe('Whether logout tokens and ID tokens carry `sid`.'),
  thirdParty: z
    .boolean()
    .default(false)
    .describe(
      'Whether it is a service of somebody else. Then people are asked once, by name and host, before it gets anything about them; again when it asks for more, and always with `prompt=consent`. They withdraw it in *My digital keys*. Other clients are never asked about.',
    ),
  tosUri: webUrls().optional().describe('Its terms of use, linked where people are asked. Only with `thirdParty`.'),
  policyUri: webUrls()
    .optional()
    .describe('What it does with personal data, linked where people are asked. Only with `thirdParty`.'),
  actions: z
    .array(z.enum(clientActions))
    .default([])
    .describe(
      'What it may ask people to do with their account, by `rekey_action` of an authorization request: the pages here ask for the proofs that it needs, and do it.',
    ),
  requirePushedRequests: z
    .boolean()
    .optional()
    .meta({ default: false })
    .describe('Take only pushed authorization requests (RFC 9126).'),
  requireDpop: z
    .boolean()
    .optional()
    .meta({ default: false })
    .describe(
      'Give out only sender-constrained tokens (RFC 9449). With `private_key_jwt` and `requirePushedRequests` the client is held to the FAPI 2.0 Security Profile: its assertions are for the issuer alone, and refresh tokens are not replaced at every use.',
    ),
};

export const clientSchema = (factorIds: readonly [string, ...string[]]) =>
  z
    .strictObject({ ...identity, ...redirects, ...assurance(factorIds), ...tokens, ...claimSettings, ...protection })
    .transform(withDefaults);
