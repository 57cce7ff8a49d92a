/**
 * A device without a keyboard (RFC 8628), as anybody would write one with openid-client: it asks for a code, shows it,
 * and asks again until a person has decided in a browser. One set, so one state for all who look at it.
 */
import * as oidc from 'openid-client';
import type { Logger } from 'pino';
import { described, discover } from '../relying-party/engine.ts';

export type Screen =
  | { readonly shows: 'start'; readonly ended?: true }
  | { readonly shows: 'code'; readonly written: string; readonly address: string; readonly minutes: number }
  | {
      readonly shows: 'signed-in';
      readonly claims: Readonly<Record<string, unknown>>;
      readonly userinfo: Readonly<Record<string, unknown>>;
    }
  | { readonly shows: 'refused'; readonly code: string };

export interface Television {
  screen(): Screen;
  /** Asks for a code, in the place of an earlier one; resolves when it is shown, or why there is none. */
  signIn(): Promise<void>;
  /** Gives the token back (RFC 7009), and forgets the person. */
  signOut(): Promise<void>;
  /** The session of the person has ended. @param sid of its ID token */
  endOf(sid: string): void;
  /** Asks no more, and forgets. */
  off(): void;
}

export interface TelevisionParts {
  readonly issuer: string;
  /** The client id. */
  readonly client: string;
  readonly log: Logger;
}

export function createTelevision({ issuer, client, log }: TelevisionParts): Television {
  const configuration = discover({ issuer, client, proof: oidc.None() });
  let screen: Screen = { shows: 'start' };
  let token: string | undefined;
  let asking = new AbortController();

  /** Ends what was asked before, and what it shows. */
  const anew = (first: Screen): AbortSignal => {
    asking.abort();
    asking = new AbortController();
    screen = first;
    token = undefined;
    return asking.signal;
  };
  const refuse = (error: unknown, signal: AbortSignal): void => {
    if (signal.aborted) return;
    const { code } = described(error);
    log.warn({ event: 'demo.television-refused', code });
    screen = { shows: 'refused', code };
  };
  const wait = async (begun: oidc.DeviceAuthorizationResponse, signal: AbortSignal): Promise<void> => {
    const config = await configuration();
    const tokens = await oidc.pollDeviceAuthorizationGrant(config, begun, undefined, { signal });
    const claims = tokens.claims() ?? { sub: '' };
    const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    if (signal.aborted) return;
    token = tokens.access_token;
    screen = { shows: 'signed-in', claims: { ...claims }, userinfo: { ...userinfo } };
  };

  return {
    screen: () => screen,
    async signIn() {
      const signal = anew({ shows: 'start' });
      try {
        const begun = await oidc.initiateDeviceAuthorization(await configuration(), { scope: 'openid profile email' });
        if (signal.aborted) return;
        const { user_code: written, verification_uri: address, expires_in: seconds } = begun;
        screen = { shows: 'code', written, address, minutes: Math.floor(seconds / 60) };
        void wait(begun, signal).catch((error: unknown) => refuse(error, signal));
      } catch (error) {
        refuse(error, signal);
      }
    },
    async signOut() {
      const given = token;
      anew({ shows: 'start' });
      if (given === undefined) return;
      await oidc
        .tokenRevocation(await configuration(), given)
        .catch((error: unknown) => log.warn({ event: 'demo.television-kept', code: described(error).code }));
    },
    endOf(sid) {
      if (screen.shows === 'signed-in' && screen.claims['sid'] === sid) anew({ shows: 'start', ended: true });
    },
    off: () => void anew({ shows: 'start' }),
  };
}
