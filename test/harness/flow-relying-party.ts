/** A relying party for a browser: its own server on the loopback, openid-client, and plain text with the result. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { buildEndSessionUrl, fetchUserInfo } from 'openid-client';
import { relyingParty, type Pending, type RelyingParty } from './relying-party.ts';

export interface FlowClient {
  readonly id: string;
  readonly secret: string;
}

export interface Memory {
  readonly now: () => number;
  readonly milliseconds: number;
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
  /** Back-channel log-outs that were checked and taken (`/logged-out?client=…`), oldest first. */
  readonly loggedOut: readonly { readonly client: string; readonly sid: string }[];
  /**
   * `/sign-in` works only after this: the provider must know the address first. @param memory how long it remembers
   * a sign-in that it began; absent: for ever
   */
  connect(issuer: string, clients: readonly FlowClient[], memory?: Memory): Promise<void>;
  close(): Promise<void>;
}

export async function startFlowRelyingParty(): Promise<FlowRelyingParty> {
  const parties = new Map<string, RelyingParty>();
  const pending = new Map<string, Begun>();
  const told: Told[] = [];
  const loggedOut: { client: string; sid: string }[] = [];
  /** By client: the last ID token. */
  const idTokens = new Map<string, string>();
  let memory: Memory = { now: () => 0, milliseconds: 1 };

  const partyOf = (client: string): RelyingParty => {
    const party = parties.get(client);
    if (!party) throw new Error(`No client ${client}.`);
    return party;
  };
  const begin = async (query: URLSearchParams): Promise<URL> => {
    const { client = [...parties.keys()][0] ?? '', ...parameters } = Object.fromEntries(query);
    const party = partyOf(client);
    const begun = await party.begin(parameters);
    pending.set(begun.state, { pending: begun, party, client, at: memory.now() });
    return begun.url;
  };
  const finish = async (answer: URL): Promise<Told> => {
    const begun = pending.get(answer.searchParams.get('state') ?? '');
    if (!begun || memory.now() - begun.at >= memory.milliseconds) return { error: 'state_unknown' };
    pending.delete(begun.pending.state);
    const error = answer.searchParams.get('error');
    if (error !== null) return { error };
    const tokens = await begun.party.finish(begun.pending, answer);
    const claims = tokens.claims();
    if (!claims) return { error: 'no_id_token' };
    idTokens.set(begun.client, tokens.id_token ?? '');
    const person = await fetchUserInfo(begun.party.configuration, tokens.access_token, claims.sub);
    return { claims: { ...claims }, person: { ...person } };
  };
  const signOutOf = (client: string): URL =>
    buildEndSessionUrl(partyOf(client).configuration, {
      id_token_hint: idTokens.get(client) ?? '',
      post_logout_redirect_uri: `${address}/signed-out`,
    });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', address);
    const leave = (to: URL) => response.writeHead(303, { location: to.href }).end();
    const client = url.searchParams.get('client') ?? '';
    if (url.pathname === '/sign-in') return void leave(await begin(url.searchParams));
    // Where the provider sends people to begin (Core §4): with its issuer, which is checked.
    if (url.pathname === '/begin' && url.searchParams.get('iss') === issuerOf(partyOf(client)))
      return void leave(await begin(new URLSearchParams({ client })));
    if (url.pathname === '/sign-out') return void leave(signOutOf(client));
    if (url.pathname === '/logged-out') {
      const sid = await checkLogout(partyOf(client), client, await bodyOf(request));
      loggedOut.push({ client, sid });
      response.writeHead(200, plain).end();
      return;
    }
    if (url.pathname !== '/callback') {
      const isOut = url.pathname === '/signed-out';
      response.writeHead(isOut ? 200 : 404, plain).end(isOut ? 'signed out' : 'nothing here');
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
    loggedOut,
    async connect(issuer, clients, given = { now: () => 0, milliseconds: 1 }) {
      memory = given;
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

interface Begun {
  readonly pending: Pending;
  readonly party: RelyingParty;
  readonly client: string;
  readonly at: number;
}

const issuerOf = ({ configuration }: RelyingParty): string => configuration.serverMetadata().issuer;

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let body = '';
  for await (const part of request) body += String(part);
  return new URLSearchParams(body);
}

/** OpenID Connect Back-Channel Logout 1.0 §2.6. @returns the session that has ended */
async function checkLogout({ configuration }: RelyingParty, client: string, body: URLSearchParams): Promise<string> {
  const { issuer, jwks_uri: keys = '' } = configuration.serverMetadata();
  const { payload } = await jwtVerify(body.get('logout_token') ?? '', createRemoteJWKSet(new URL(keys)), {
    issuer,
    audience: client,
    // The clock of tests is moved; the age of the token is not what is looked at.
    currentDate: new Date(),
  });
  const { events, nonce, sid } = payload;
  const event = 'http://schemas.openid.net/event/backchannel-logout';
  if (typeof events !== 'object' || events === null || !(event in events) || nonce !== undefined)
    throw new Error('It is no logout token.');
  if (typeof sid !== 'string') throw new Error('It names no session.');
  return sid;
}
