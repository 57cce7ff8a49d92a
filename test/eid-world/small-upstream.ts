/**
 * The least provider that a factor can ask: a clock of its own, confirmation without a page, and codes that count as
 * often as they are sent, so that single use is the factor's own matter. It signs and encrypts as it is told, and may
 * know its client by a certificate. For the simulator and for presets; `upstream.ts` is the real one.
 */
import { createHash, generateKeyPairSync, randomUUID, type JsonWebKey } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMutualTls, type MutualTls } from './mutual-tls.ts';
import { makeToken, type TokenAlgorithms } from './upstream-lies.ts';

export interface SmallUpstream {
  readonly issuer: string;
  readonly clientId: string;
  /** As the settings of an upstream want them. */
  readonly keys: string;
  /** Its clock, ms. */
  now: number;
  /** What it calls the next confirmation; `undefined`: it says nothing. */
  acr: string | undefined;
  /** A person confirms the request: the query that comes back. */
  confirm(to: string, sub: string): Readonly<Record<string, string>>;
}

export interface SmallUpstreamParts {
  readonly algorithms?: TokenAlgorithms;
  /** Its token endpoint knows us by a certificate (RFC 8705), and is at another address for that. */
  readonly mutual?: MutualTls;
}

interface Code {
  readonly sub: string;
  readonly nonce: string;
  readonly challenge: string;
}

const pair = (kid: string, kind: 'rsa' | 'ec' = 'rsa') => {
  const { privateKey, publicKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const of = (key: JsonWebKey, use: string) => ({ ...key, kid, use });
  return {
    own: (use: string) => of(privateKey.export({ format: 'jwk' }), use),
    open: (use: string) => of(publicKey.export({ format: 'jwk' }), use),
  };
};

interface Answer {
  readonly status: number;
  readonly body: object;
}
const unknownClient: Answer = { status: 401, body: { error: 'invalid_client' } };

export async function startSmallUpstream(
  acr: string,
  { algorithms, mutual }: SmallUpstreamParts = {},
): Promise<SmallUpstream> {
  const kind = algorithms?.signing.startsWith('ES') === true ? 'ec' : 'rsa';
  const [theirs, signature, encryption] = [pair('theirs', kind), pair('ours-sig'), pair('ours-enc')];
  const codes = new Map<string, Code>();
  const upstream = { now: 0, acr: acr as string | undefined };

  const token = async (form: URLSearchParams): Promise<Answer> => {
    const code = codes.get(form.get('code') ?? '');
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!code || code.challenge !== verifier) return { status: 400, body: { error: 'invalid_grant' } };
    const seconds = Math.floor(upstream.now / 1_000);
    const claims = {
      iss: issuer,
      aud: 'rekey',
      sub: code.sub,
      nonce: code.nonce,
      acr: upstream.acr,
      iat: seconds,
      exp: seconds + 300,
    };
    const keys = { signing: theirs.own('sig'), encryption: encryption.open('enc') };
    const idToken = await makeToken({ claims, sign: 'right', encrypt: 'right' }, keys, algorithms);
    return { status: 200, body: { access_token: randomUUID(), token_type: 'Bearer', id_token: idToken } };
  };
  const answer = async (path: string, body: string): Promise<Answer> => {
    if (path === '/token') return mutual ? unknownClient : token(new URLSearchParams(body));
    if (path === '/jwks') return { status: 200, body: { keys: [theirs.open('sig')] } };
    return {
      status: 200,
      body: {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        authorization_response_iss_parameter_supported: true,
        ...(secured === undefined ? {} : { mtls_endpoint_aliases: { token_endpoint: `${secured}/token` } }),
      },
    };
  };
  const send = async (path: string, form: string, response: ServerResponse): Promise<void> => {
    const { status, body } = await answer(path, form);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void send(request.url ?? '/', Buffer.concat(chunks).toString(), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // It lives as long as the process that runs the contract.
  server.unref();
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const secured = mutual && (await startMutualTls(mutual, (form) => token(new URLSearchParams(form)), unknownClient));
  return Object.assign(upstream, {
    issuer,
    clientId: 'rekey',
    keys: JSON.stringify({ keys: [signature.own('sig'), encryption.own('enc')] }),
    confirm(to: string, sub: string) {
      const asked = new URL(to).searchParams;
      const code = randomUUID();
      codes.set(code, { sub, nonce: asked.get('nonce') ?? '', challenge: asked.get('code_challenge') ?? '' });
      return { code, state: asked.get('state') ?? '', iss: issuer };
    },
  });
}
