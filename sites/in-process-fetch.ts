/**
 * Requests of a site to the provider, inside the process: real HTTP over a pair of streams instead of a socket. So no
 * site needs to reach its own public address, whatever stands in front of it.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { duplexPair } from 'node:stream';
import type { CustomFetchOptions } from 'openid-client';

export type InProcessFetch = (target: string, init: FetchInit) => Promise<Response>;

/** What openid-client hands to its fetch. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: CustomFetchOptions['body'];
  readonly signal?: AbortSignal | undefined;
}

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** Statuses whose answer has no body (Fetch, null body status). */
const bodiless = new Set([204, 205, 304]);

/** @param handle of the server that answers; rejects where it does not answer at all */
export function createInProcessFetch(handle: Handle): InProcessFetch {
  const server = createServer(handle);
  return (target, { method, headers, body, signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const { host, pathname, search } = new URL(target);
    const text = written(body);
    const [near, far] = duplexPair();
    server.emit('connection', far);
    const outgoing = request(
      {
        createConnection: () => near,
        method,
        path: pathname + search,
        headers: { ...headers, host, connection: 'close', 'content-length': String(Buffer.byteLength(text)) },
        ...(signal ? { signal } : {}),
      },
      (answer) => resolve(read(answer)),
    );
    outgoing.on('error', reject);
    outgoing.end(text);
    return promise;
  };
}

/** The client sends forms and text, and nothing else. */
function written(body: FetchInit['body']): string {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string' || body instanceof URLSearchParams) return body.toString();
  throw new TypeError('A request inside the process has a body of text.');
}

async function read(answer: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const status = answer.statusCode ?? 500;
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
  return new Response(bodiless.has(status) ? null : Buffer.concat(chunks), { status, headers });
}
