/**
 * A site as a relying party of this provider: authorization code flow with PKCE (RFC 7636) by openid-client, all
 * requests inside the process.
 */
import * as oidc from 'openid-client';
import type { Clock } from '../time/clock.ts';
import type { InProcessFetch } from './in-process-fetch.ts';

/** Kept by the browser, sealed, until it comes back. */
export interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Path of the page that was asked for. */
  readonly page: string;
}

export interface SignedIn {
  readonly accessToken: string;
  readonly idToken: string;
  /** The account. */
  readonly sub: string;
}

export interface SiteRelyingParty {
  /** @param parameters further ones of the authorization request */
  begin(
    page: string,
    parameters?: Readonly<Record<string, string>>,
  ): Promise<{ readonly url: URL; readonly begun: Begun }>;
  /** Throws what openid-client throws when the answer is not what was asked for. */
  finish(begun: Begun, answer: URL): Promise<SignedIn>;
  /**
   * The account for which the token still stands: judged by the provider at each call. `undefined`: it is worth nothing
   * any more.
   */
  accountOf(accessToken: string): Promise<string | undefined>;
  signOutUrl(idToken: string): Promise<URL>;
}

export interface SiteClient {
  readonly issuer: string;
  readonly id: string;
  readonly redirectUri: string;
  readonly signedOutUri: string;
  /** The oldest sign-in (seconds) with which a session begins. Default: any. */
  readonly maxAge?: number;
}

/** @param clock by which the age of a sign-in is judged here too: the browser could take `max_age` out of the request */
export function createSiteRelyingParty(client: SiteClient, fetch: InProcessFetch, clock: Clock): SiteRelyingParty {
  const configured = discoverOnce(client, fetch);
  return {
    async begin(page, parameters = {}) {
      const begun = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
        page,
      };
      const url = oidc.buildAuthorizationUrl(await configured(), {
        redirect_uri: client.redirectUri,
        scope: 'openid',
        code_challenge: await oidc.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
        state: begun.state,
        nonce: begun.nonce,
        ...(client.maxAge === undefined ? {} : { max_age: String(client.maxAge) }),
        ...parameters,
      });
      return { url, begun };
    },
    async finish({ state, nonce, verifier }, answer) {
      const tokens = await oidc.authorizationCodeGrant(await configured(), answer, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const { sub = '', auth_time: at } = tokens.claims() ?? {};
      if (client.maxAge !== undefined && (at === undefined || clock.now() >= (at + client.maxAge) * 1000 + leeway))
        throw new SignInTooOld();
      return { accessToken: tokens.access_token, idToken: tokens.id_token ?? '', sub };
    },
    async accountOf(accessToken) {
      try {
        const { sub } = await oidc.fetchUserInfo(await configured(), accessToken, oidc.skipSubjectCheck);
        return sub;
      } catch (error) {
        if (error instanceof oidc.WWWAuthenticateChallengeError && error.status === 401) return undefined;
        throw error;
      }
    },
    async signOutUrl(idToken) {
      return oidc.buildEndSessionUrl(await configured(), {
        id_token_hint: idToken,
        post_logout_redirect_uri: client.signedOutUri,
      });
    },
  };
}

/** The provider rounds down to seconds, and the answer is on its way for a while (ms). */
const leeway = 60_000;

export class SignInTooOld extends Error {
  override readonly name = 'SignInTooOld';
}

/** At the first use, and again after a failure. */
function discoverOnce({ issuer, id }: SiteClient, fetch: InProcessFetch): () => Promise<oidc.Configuration> {
  let known: Promise<oidc.Configuration> | undefined;
  return () => {
    known ??= oidc.discovery(new URL(issuer), id, undefined, oidc.None(), {
      [oidc.customFetch]: fetch,
      ...(issuer.startsWith('http:') ? { execute: [oidc.allowInsecureRequests] } : {}),
    });
    known.catch(() => (known = undefined));
    return known;
  };
}
