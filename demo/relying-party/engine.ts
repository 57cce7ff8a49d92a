/** What a relying party knows of the provider, and why an answer was refused. Used by `routes.ts` and the television. */
import * as oidc from 'openid-client';

export interface DiscoverParts {
  readonly issuer: string;
  /** The client id. */
  readonly client: string;
  /** Absent: a public client. */
  readonly secret?: string;
  readonly proof: oidc.ClientAuth;
}

/** Asks the metadata of the provider (OpenID Connect Discovery 1.0) at the first use, and again after a failure. */
export function discover({ issuer, client, secret, proof }: DiscoverParts): () => Promise<oidc.Configuration> {
  let known: Promise<oidc.Configuration> | undefined;
  return () => {
    known ??= oidc
      .discovery(
        new URL(issuer),
        client,
        { ...(secret !== undefined && { client_secret: secret }), [oidc.clockTolerance]: 10 },
        proof,
        { execute: [oidc.allowInsecureRequests] },
      )
      .catch((error: unknown) => {
        known = undefined;
        throw error;
      });
    return known;
  };
}

/** The code (RFC 6749 §4.1.2.1 and §5.2) and the sentence of an error of the provider or of openid-client. */
export function described(error: unknown): { readonly code: string; readonly says: string } {
  const { error: code, error_description: says, code: other } = error as Readonly<Record<string, unknown>>;
  if (typeof code === 'string') return { code, says: typeof says === 'string' ? says : '' };
  return { code: typeof other === 'string' ? other : 'fault', says: error instanceof Error ? error.message : '' };
}
