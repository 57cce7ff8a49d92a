/** A relying party for a browser: its own server on the loopback, openid-client, and plain text with the result. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetchUserInfo } from 'openid-client';
import { relyingParty, type Pending, type RelyingParty } from './relying-party.ts';

export interface FlowClient {
  readonly id: string;
  readonly secret: string;
}

/** The text of its page after the browser has come back. */
export type Told =
  | { readonly claims: Readonly<Record<string, unknown>>; readonly person: Readonly<Record<string, unknown>> }
  | { readonly error: string };

export interface FlowRelyingParty {
  readonly address: string;
  readonly redirectUri: string;
  /** All results, oldest first. */
  readonly told: readonly Told[];
  /** `/sign-in` works only after this: the provider must know the address first. */
  connect(issuer: string, clients: readonly FlowClient[]): Promise<void>;
  close(): Promise<void>;
}

export async function startFlowRelyingParty(): Promise<FlowRelyingParty> {
  const parties = new Map<string, RelyingParty>();
  const pending = new Map<string, { readonly pending: Pending; readonly party: RelyingParty }>();
  const told: Told[] = [];

  const begin = async (query: URLSearchParams): Promise<URL> => {
    const { client = [...parties.keys()][0] ?? '', ...parameters } = Object.fromEntries(query);
    const party = parties.get(client);
    if (!party) throw new Error(`No client ${client}.`);
    const begun = await party.begin(parameters);
    pending.set(begun.state, { pending: begun, party });
    return begun.url;
  };
  const finish = async (answer: URL): Promise<Told> => {
    const begun = pending.get(answer.searchParams.get('state') ?? '');
    if (!begun) return { error: 'state_unknown' };
    pending.delete(begun.pending.state);
    const error = answer.searchParams.get('error');
    if (error !== null) return { error };
    const tokens = await begun.party.finish(begun.pending, answer);
    const claims = tokens.claims();
    if (!claims) return { error: 'no_id_token' };
    const person = await fetchUserInfo(begun.party.configuration, tokens.access_token, claims.sub);
    return { claims: { ...claims }, person: { ...person } };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', address);
    if (url.pathname === '/sign-in') {
      response.writeHead(303, { location: (await begin(url.searchParams)).href }).end();
      return;
    }
    if (url.pathname !== '/callback') {
      response.writeHead(404, plain).end('nothing here');
      return;
    }
    const result = await finish(url);
    told.push(result);
    response.writeHead(200, plain).end(JSON.stringify(result, undefined, 2));
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500, plain).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = `${address}/callback`;
  return {
    address,
    redirectUri,
    told,
    async connect(issuer, clients) {
      parties.clear();
      for (const { id, secret } of clients) parties.set(id, await relyingParty(issuer, { id, secret, redirectUri }));
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const plain = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
