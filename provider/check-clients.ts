/** Builds every relying party once with the engine's own class, so that what it would refuse at the first request is known before the start. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { interactionPolicy } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import { createClients } from './clients.ts';
import { createProvider } from './create-provider.ts';
import type { ClientSettings, EngineSettings } from './settings.ts';

export interface ClientFault {
  /** Place in the list of clients. */
  readonly index: number;
  /** The setting that the engine names, where it names one. */
  readonly setting?: string;
  /** The engine's sentence; it quotes no values. */
  readonly says: string;
}

/** One fault for a client at most: the engine stops at its first. Nothing is stored or fetched. */
export async function clientFaults(settings: EngineSettings, clock: Clock): Promise<readonly ClientFault[]> {
  const Client = (await engineFor(settings, clock)).Client as unknown as new (metadata: object) => unknown;
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

const generate = promisify(generateKeyPair);

function notAsked(): never {
  throw new Error('An engine that only checks clients was asked for something else.');
}

/** An engine that is asked about clients alone: its keys sign nothing, and nothing is ever read or shown by it. */
async function engineFor(settings: EngineSettings, clock: Clock) {
  // Which signatures a client may ask for follows from the keys that are there: one of each kind, as keys.ts makes them.
  const [rsa, ec] = await Promise.all([
    generate('rsa', { modulusLength: 2048 }),
    generate('ec', { namedCurve: 'P-256' }),
  ]);
  const jwks = {
    keys: [
      { ...rsa.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' },
      { ...ec.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' },
    ],
  };
  const all = createClients(settings.clients, '');
  return createProvider({
    settings,
    keys: { jwks },
    cookieKeys: { sign: notAsked, verify: notAsked, index: notAsked },
    clients: { ...all, metadata: [] },
    bridge: { adapter: notAsked },
    browsers: { give: notAsked, has: notAsked, keepsCookies: notAsked },
    findAccount: notAsked,
    policy: interactionPolicy.base(),
    judgement: { known: notAsked, needOf: notAsked, isGood: notAsked },
    pages: { logout: notAsked, onward: notAsked, signedOut: notAsked, error: notAsked },
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
