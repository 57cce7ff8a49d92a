/**
 * A relying party without the checks of a certified client, for where they only take time: killed processes, and the
 * bench.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { HttpAgent } from './http-agent.ts';

export interface PlainClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

export interface PlainRequest {
  readonly url: string;
  /** Of PKCE (RFC 7636 §4.1). */
  readonly verifier: string;
}

export function plainRequest(issuer: string, client: PlainClient, scope = 'openid'): PlainRequest {
  const verifier = randomBytes(32).toString('base64url');
  const parameters = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: client.redirectUri,
    scope,
    state: randomBytes(16).toString('base64url'),
    nonce: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return { url: `${issuer}/auth?${String(parameters)}`, verifier };
}

/** The answer of the token endpoint, whatever it says. */
export function plainExchange(
  agent: HttpAgent,
  issuer: string,
  client: PlainClient,
  { code, verifier }: { readonly code: string; readonly verifier: string },
): Promise<Response> {
  return agent.fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: client.redirectUri,
      code_verifier: verifier,
    }),
  });
}
