/**
 * An example of a resource server that asks for a stronger or fresher sign-in (RFC 9470). It asks the provider about each
 * token (RFC 7662), and compares `acr` and `auth_time` with what the resource needs.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface ApiSettings {
  /** `introspection_endpoint` of the provider's discovery document. */
  readonly introspection: string;
  /** The client whose tokens it takes. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** What a resource needs beside a token that is good. */
interface Needs {
  /** Any one of these values of `acr`. */
  readonly acr?: readonly string[];
  /** The person proved a key at most so many seconds ago. */
  readonly maxAge?: number;
}

interface Told {
  readonly active: boolean;
  readonly sub?: string;
  readonly acr?: string;
  readonly auth_time?: number;
}

export function createApi(settings: ApiSettings, resources: Readonly<Record<string, Needs>>): Server {
  return createServer((request, response) => {
    answer(settings, resources, request, response).catch(() => response.writeHead(503).end());
  });
}

async function answer(
  settings: ApiSettings,
  resources: Readonly<Record<string, Needs>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const needs = Object.hasOwn(resources, request.url ?? '') ? resources[request.url ?? ''] : undefined;
  if (!needs) return void response.writeHead(404).end();
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) return challenge(response, 'Bearer');
  const told = await introspect(settings, token);
  if (!told.active) return challenge(response, 'Bearer error="invalid_token"');
  const lacks = lacking(needs, told, settings.now());
  if (lacks.length > 0)
    return challenge(response, `Bearer error="insufficient_user_authentication", ${lacks.join(', ')}`);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ sub: told.sub }));
}

/** The parameters of the challenge (RFC 9470 §3); none: it is enough. */
function lacking({ acr, maxAge }: Needs, told: Told, now: number): readonly string[] {
  const isStrong = acr === undefined || (told.acr !== undefined && acr.includes(told.acr));
  const isFresh = maxAge === undefined || (told.auth_time !== undefined && now - told.auth_time <= maxAge);
  return [
    ...(isStrong || acr === undefined ? [] : [`acr_values="${acr.join(' ')}"`]),
    ...(isFresh ? [] : [`max_age="${maxAge}"`]),
  ];
}

const challenge = (response: ServerResponse, header: string): void =>
  void response.writeHead(401, { 'www-authenticate': header }).end();

async function introspect({ introspection, clientId, clientSecret }: ApiSettings, token: string): Promise<Told> {
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
  const answered = await fetch(introspection, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
  });
  if (!answered.ok) throw new Error(`The introspection answered ${answered.status}.`);
  return (await answered.json()) as Told;
}
