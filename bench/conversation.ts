/** One full sign-in as a browser and a relying party speak it, with connections kept open: the same requests whoever answers. */
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

/** `undefined` when the other end closed a connection that had been idle just as it was taken again: nothing has been asked then. */
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

/** Throws when anything but a code and an ID token comes of it. */
export async function signIn(
  port: number,
  person: {
    readonly username: string;
    readonly password: string;
    readonly code: string;
    /** Instead of the code: the form's fields, from the page that asks for the key. */
    readonly answer?: (page: string) => Readonly<Record<string, string>>;
    /** How long (ms) asking for the key and judging its answer took. */
    readonly timed?: (asked: number, judged: number) => void;
  },
): Promise<void> {
  const jar = new Map<string, { value: string; path: string }>();
  const go = async (method: string, path: string, body = ''): Promise<Answer> => {
    const cookie = [...jar]
      .filter(([, one]) => path.startsWith(one.path))
      .map(([name, { value }]) => `${name}=${value}`);
    const answer = await send(port, method, path, { cookie: cookie.join('; '), ...(body === '' ? {} : form) }, body);
    for (const line of answer.cookies) {
      const [pair = '', ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const found = attributes.map((one) => one.trim()).find((one) => one.toLowerCase().startsWith('path='));
      jar.set(pair.slice(0, at), { value: pair.slice(at + 1), path: found?.slice(5) ?? '/' });
    }
    return answer;
  };
  const pathOf = (location: string | undefined) => {
    const { pathname, search } = new URL(location ?? '', `http://localhost:${port}`);
    return pathname + search;
  };

  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const parameters = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: client.redirectUri,
    scope: 'openid profile email',
    state: randomBytes(16).toString('base64url'),
    nonce: randomBytes(16).toString('base64url'),
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const begun = await go('GET', `/auth?${String(parameters)}`);
  const interaction = pathOf(begun.location);
  await go('GET', interaction);
  const { username, password, code } = person;
  const known = await go(
    'POST',
    `${interaction}/password`,
    String(new URLSearchParams({ username, password, action: 'continue' })),
  );
  const askedAt = performance.now();
  const page = await go('GET', pathOf(known.location));
  const asked = performance.now() - askedAt;
  const fields = person.answer?.(page.body) ?? { code };
  const judgedAt = performance.now();
  const proved = await go(
    'POST',
    `${interaction}/prove-key`,
    String(new URLSearchParams({ ...fields, action: 'continue' })),
  );
  person.timed?.(asked, performance.now() - judgedAt);
  const resumed = await go('GET', pathOf(proved.location));
  const answer = new URL(resumed.location ?? '', 'https://nowhere.example');
  const granted = answer.searchParams.get('code');
  if (granted === null)
    throw new Error(
      `No code for ${username}: ${resumed.status} ${String(resumed.location)} after ${proved.status} ${String(proved.location)}`,
    );
  const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64');
  const token = await send(
    port,
    'POST',
    '/token',
    { ...form, authorization: `Basic ${basic}` },
    String(
      new URLSearchParams({
        grant_type: 'authorization_code',
        code: granted,
        redirect_uri: client.redirectUri,
        code_verifier: verifier,
      }),
    ),
  );
  if (!token.body.includes('id_token')) throw new Error(`No token for ${username}: ${token.status} ${token.body}`);
}
