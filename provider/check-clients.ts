/**
 * Builds every relying party once with the engine's own class, so that a mistake is found before the start and not at
 * the first request.
 */
import { interactionPolicy } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import { createClients } from './clients.ts';
import { createDeviceCodes } from './device-codes.ts';
import { createProvider } from './create-provider.ts';
import type { ClientSettings, EngineSettings } from './settings.ts';

export interface ClientFault {
  /** Index in the list of clients. */
  readonly index: number;
  /** The setting that the engine names, if any. */
  readonly setting?: string;
  /** The engine's message; it quotes no values. */
  readonly says: string;
}

/** At most one fault for each client: the engine stops at the first. Nothing is stored or fetched. */
export function clientFaults(settings: EngineSettings, clock: Clock): readonly ClientFault[] {
  const Client = engineFor(settings, clock).Client as unknown as new (metadata: object) => unknown;
  return settings.clients.flatMap((client, index): readonly ClientFault[] => {
    try {
      void new Client(createClients([client], '').metadata[0] ?? {});
      return [];
    } catch (error) {
      const says = sentenceOf(error);
      const setting = settingIn(says);
      return [{ index, says, ...(setting === undefined ? {} : { setting }) }];
    }
  });
}

const none = 'none';
/**
 * The signature algorithms that a client may ask for depend on the installed keys: one of each type, as in keys.ts.
 * These are shapes, not keys: the engine checks only which members exist until it signs, and making an RSA key would
 * take longer than the whole check.
 */
const shapesOfKeys = [
  { kty: 'RSA', alg: 'RS256', use: 'sig', e: none, n: none, d: none, p: none, q: none, dp: none, dq: none, qi: none },
  { kty: 'EC', alg: 'ES256', use: 'sig', crv: 'P-256', x: none, y: none, d: none },
];

function notAsked(): never {
  throw new Error('An engine that only checks clients was asked for something else.');
}

/** An engine only for checking clients: it signs, reads and shows nothing. */
function engineFor(settings: EngineSettings, clock: Clock) {
  const all = createClients(settings.clients, '');
  return createProvider({
    settings,
    keys: { jwks: { keys: shapesOfKeys } },
    cookieKeys: { sign: notAsked, verify: notAsked, index: notAsked },
    clients: { ...all, metadata: [] },
    consents: { given: notAsked },
    bridge: { adapter: notAsked },
    browsers: { give: notAsked, has: notAsked, keepsCookies: notAsked },
    findAccount: notAsked,
    policy: interactionPolicy.base(),
    judgement: { known: notAsked, needOf: notAsked, ofToken: notAsked },
    pages: {
      device: { enter: notAsked, confirm: notAsked },
      logout: notAsked,
      onward: notAsked,
      stillSignedIn: notAsked,
      signedOut: notAsked,
      error: notAsked,
    },
    deviceCodes: createDeviceCodes(clock),
    clock,
  });
}

function sentenceOf(error: unknown): string {
  const { error_description: description, message } = error as Error & { readonly error_description?: string };
  const { cause } = error as Error;
  const detail = cause instanceof Error ? ` (${cause.message})` : '';
  return `${description ?? message}${detail}`.replace(/\.$/, '');
}

const settingOf: Readonly<Record<string, keyof ClientSettings>> = {
  client_id: 'id',
  client_secret: 'secret',
  redirect_uris: 'redirectUris',
  post_logout_redirect_uris: 'postLogoutRedirectUris',
  token_endpoint_auth_method: 'tokenEndpointAuthMethod',
  id_token_signed_response_alg: 'idTokenAlg',
  jwks_uri: 'jwksUri',
  'JSON Web Key Set': 'jwks',
  jwks: 'jwks',
  scope: 'scopes',
  subject_type: 'subject',
  sector_identifier_uri: 'sectorIdentifier',
  backchannel_logout_uri: 'backchannelLogoutUri',
};

const settingIn = (says: string): string | undefined =>
  Object.entries(settingOf).find(([name]) => new RegExp(`(^|\\W)${name}(\\W|$)`).test(says))?.[1];
