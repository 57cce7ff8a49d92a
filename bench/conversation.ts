/**
 * One full sign-in as a browser and a relying party would do it, with kept connections: the same requests for the
 * product and for the bare engine.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly cookies: readonly string[];
  readonly body: string;
}

interface Asked {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function send(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<Answer> {
  for (;;) {
    const answer = await ask({ port, method, path, headers, body });
    if (answer) return answer;
  }
}

/** `undefined` if the other end closed an idle connection just as it was used again: the request was not sent. */
function ask({ port, method, path, headers, body }: Asked): Promise<Answer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer | undefined>();
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = request(
    {
      agent,
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { host: `localhost:${port}`, accept: 'text/html', ...headers, ...length },
    },
    (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          location: incoming.headers.location,
          cookies: incoming.headers['set-cookie'] ?? [],
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    },
  );
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' && outgoing.reusedSocket) resolve(undefined);
    else reject(error);
  });
  outgoing.end(body);
  return promise;
}

export const client = {
  id: 'bench',
  secret: 'a-secret-of-the-bench-client-1234',
  redirectUri: 'https://rp.example/callback',
};
const form = { 'content-type': 'application/x-www-form-urlencoded' };

export interface BenchPerson {
  readonly username: string;
  readonly password: string;
  readonly code: string;
  /** The form's fields from the page that asks for the key, instead of a code. */
  readonly answer?: (page: string) => Readonly<Record<string, string>>;
  /** How long (ms) the challenge and the answer of the key took. */
  readonly timed?: (asked: number, judged: number) => void;
}

/** Throws if it gets anything but a code and an ID token. */
export async function signIn(port: number, person: BenchPerson): Promise<void> {
  const browser: Browser = { port, jar: new Map() };
  const verifier = randomBytes(32).toString('base64url');
  const begun = await go(browser, 'GET', `/auth?${String(requestFor(verifier))}`);
  const proved = await proveKey(browser, pathOf(begun.location), person);
  const resumed = await go(browser, 'GET', pathOf(proved.location));
  const granted = new URL(resumed.location ?? '', 'https://nowhere.example').searchParams.get('code');
  if (granted === null)
    throw new Error(
      `No code for ${person.username}: ${resumed.status} ${String(resumed.location)} after ${proved.status} ${String(proved.location)}`,
    );
  const token = await exchange(port, granted, verifier);
  if (!token.body.includes('id_token'))
    throw new Error(`No token for ${person.username}: ${token.status} ${token.body}`);
}

interface Browser {
  readonly port: number;
  readonly jar: Map<string, { readonly value: string; readonly path: string }>;
}

async function go({ port, jar }: Browser, method: string, path: string, body = ''): Promise<Answer> {
  const cookie = [...jar].filter(([, one]) => path.startsWith(one.path)).map(([name, { value }]) => `${name}=${value}`);
  const answer = await send(port, method, path, { cookie: cookie.join('; '), ...(body === '' ? {} : form) }, body);
  for (const line of answer.cookies) {
    const [pair = '', ...attributes] = line.split(';');
    const at = pair.indexOf('=');
    const found = attributes.map((one) => one.trim()).find((one) => one.toLowerCase().startsWith('path='));
    jar.set(pair.slice(0, at), { value: pair.slice(at + 1), path: found?.slice(5) ?? '/' });
  }
  return answer;
}

const post = (browser: Browser, path: string, fields: Readonly<Record<string, string>>): Promise<Answer> =>
  go(browser, 'POST', path, String(new URLSearchParams({ ...fields, action: 'continue' })));

function pathOf(location: string | undefined): string {
  const { pathname, search } = new URL(location ?? '', 'http://localhost');
  return pathname + search;
}

const requestFor = (verifier: string): URLSearchParams =>
  new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: client.redirectUri,
    scope: 'openid profile email',
    state: randomBytes(16).toString('base64url'),
    nonce: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });

/** Password and key. The answer to the key. */
async function proveKey(browser: Browser, interaction: string, person: BenchPerson): Promise<Answer> {
  const { username, password, code } = person;
  await go(browser, 'GET', interaction);
  const known = await post(browser, `${interaction}/password`, { username, password });
  const askedAt = performance.now();
  const page = await go(browser, 'GET', pathOf(known.location));
  const asked = performance.now() - askedAt;
  const fields = person.answer?.(page.body) ?? { code };
  const judgedAt = performance.now();
  const proved = await post(browser, `${interaction}/prove-key`, fields);
  person.timed?.(asked, performance.now() - judgedAt);
  return proved;
}

function exchange(port: number, code: string, verifier: string): Promise<Answer> {
  const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64');
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirectUri,
    code_verifier: verifier,
  });
  return send(port, 'POST', '/token', { ...form, authorization: `Basic ${basic}` }, String(body));
}
