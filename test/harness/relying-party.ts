/** A relying party in a test: openid-client 6 with PKCE, state and nonce, over plain http on the loopback. */
import * as oidc from 'openid-client';

export interface Pending {
  readonly url: URL;
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

export interface RelyingParty {
  readonly configuration: oidc.Configuration;
  begin(parameters?: Readonly<Record<string, string>>): Promise<Pending>;
  /** Exchanges the code of the answer and checks the ID token. Rejects as openid-client does. */
  finish(pending: Pending, answer: URL): Promise<oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers>;
}

export async function relyingParty(
  issuer: string,
  client: { readonly id: string; readonly secret: string; readonly redirectUri: string },
): Promise<RelyingParty> {
  const configuration = await oidc.discovery(
    new URL(issuer),
    client.id,
    undefined,
    oidc.ClientSecretBasic(client.secret),
    {
      execute: [oidc.allowInsecureRequests],
    },
  );
  return {
    configuration,
    async begin(parameters = {}) {
      const verifier = oidc.randomPKCECodeVerifier();
      const state = oidc.randomState();
      const nonce = oidc.randomNonce();
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: client.redirectUri,
        scope: 'openid profile email',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...parameters,
      });
      return { url, verifier, state, nonce };
    },
    finish: ({ verifier, state, nonce }, answer) =>
      oidc.authorizationCodeGrant(configuration, answer, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      }),
  };
}
