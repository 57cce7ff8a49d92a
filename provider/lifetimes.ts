/** All lifetimes, in seconds. */
import type { Configuration, KoaContextWithOIDC, RefreshToken, Session } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import { deviceCodeSeconds } from './device-codes.ts';
import type { EngineSettings } from './settings.ts';

type Lifetimes = NonNullable<Configuration['ttl']>;

const accessTokenSeconds = 3_600;
export const idTokenSeconds = 3_600;
/** ASVS 10.4.3 allows a minute for the strictest level. */
const codeSeconds = 60;
const switchedOff = 60;
const defaultRefreshSeconds = 86_400;

interface ForApi {
  readonly resourceServer?: { readonly accessTokenTTL?: number | undefined } | undefined;
}

export function lifetimes(settings: EngineSettings, clock: Clock): Lifetimes {
  const { absoluteSeconds, idleSeconds } = settings.sessions;
  const refreshSeconds = settings.refreshSeconds ?? defaultRefreshSeconds;
  return {
    AccessToken: (_ctx: KoaContextWithOIDC, token: ForApi) =>
      token.resourceServer?.accessTokenTTL ?? accessTokenSeconds,
    AuthorizationCode: codeSeconds,
    IdToken: idTokenSeconds,
    Interaction: settings.interactionSeconds,
    // Longer than every token that belongs to it.
    Grant: absoluteSeconds + refreshSeconds + accessTokenSeconds,
    RefreshToken: (ctx: KoaContextWithOIDC, _token: RefreshToken) =>
      atLeastOne(ctx.oidc.entities.RotatedRefreshToken?.remainingTTL ?? refreshSeconds),
    Session: (_ctx: KoaContextWithOIDC, session: Session) =>
      session.loginTs === undefined
        ? idleSeconds
        : atLeastOne(Math.min(idleSeconds, session.loginTs + absoluteSeconds - Math.floor(clock.now() / 1000))),
    ClientCredentials: (_ctx: KoaContextWithOIDC, token: ForApi) => token.resourceServer?.accessTokenTTL ?? switchedOff,
    DeviceCode: deviceCodeSeconds,
    BackchannelAuthenticationRequest: switchedOff,
  };
}

/** The engine wants a positive number even at the end; the store sees the end a second later. */
const atLeastOne = (seconds: number): number => Math.max(1, seconds);
