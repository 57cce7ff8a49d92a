// A browser without script, for tests: keeps cookies as browsers do, follows redirects, sends forms. Knows no page.
import { request, type Agent, type IncomingHttpHeaders } from 'node:http';
import { readForms, type Form } from './html-forms.ts';

export interface Page {
  readonly status: number;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as it came. */
  readonly bytes: Buffer;
  readonly forms: readonly Form[];
  /** The address of the last redirect, if this agent cannot reach it, e.g. the address of a relying party. */
  readonly left?: URL;
  /** All addresses that were redirected to, in order. */
  readonly trail: readonly string[];
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: 'strict' | 'lax' | 'none';
  readonly expires?: number;
}

export interface Going {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Form fields, or a body as it is. */
  readonly body?: Readonly<Record<string, string>> | readonly (readonly [string, string])[] | string;
  /** `no`: show the redirect itself. */
  readonly follow?: 'yes' | 'no';
  /** The page that leads there; default: the current one. `undefined`: typed in. */
  readonly from?: string | undefined;
}

export interface AgentOptions {
  /** Port on the loopback that stands for an origin, so that names and https can be tested. `http://localhost:*` needs no entry. */
  readonly origins?: Readonly<Record<string, number>>;
  readonly now?: () => number;
  readonly language?: string;
  /** Connections that are kept between requests. Default: a new one for each. */
  readonly connections?: Agent;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
}

export class HttpAgent {
  url: string | undefined;
  readonly cookies: Cookie[] = [];
  readonly #options: AgentOptions;

  constructor(options: AgentOptions = {}) {
    this.#options = options;
  }

  get(url: string | URL, going: Going = {}): Promise<Page> {
    return this.#go(new URL(url, this.url), { ...going, method: 'GET' });
  }

  post(url: string | URL, body: NonNullable<Going['body']>, going: Going = {}): Promise<Page> {
    return this.#go(new URL(url, this.url), { ...going, body, method: 'POST' });
  }

  /** Sends a form of a page as a click on a button would: its own fields, with `values` typed in, and the button. */
  submit(
    page: Page,
    values: Readonly<Record<string, string>> = {},
    options: { readonly form?: number } = {},
  ): Promise<Page> {
    const form = page.forms[options.form ?? 0];
    if (!form) throw new Error(`There is no form on ${page.url}.`);
    const fields = { ...form.fields, ...values };
    const target = new URL(form.action, page.url);
    if (form.method === 'POST') return this.#go(target, { method: 'POST', body: fields, from: page.url });
    target.search = new URLSearchParams(fields).toString();
    return this.#go(target, { from: page.url });
  }

  cookie(name: string): Cookie | undefined {
    return this.cookies.find((cookie) => cookie.name === name);
  }

  forgetCookies(): void {
    this.cookies.length = 0;
  }

  /** For clients that fetch by themselves (openid-client): same origins, no cookies. */
  readonly fetch = async (target: string | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(target);
    const asked = new Request(url, init);
    const answer = await this.#send(url, asked.method, Object.fromEntries(asked.headers), await asked.text());
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
    return new Response([204, 304].includes(answer.status) ? null : answer.body, { status: answer.status, headers });
  };

  async #go(start: URL, going: Going): Promise<Page> {
    const trail: string[] = [];
    const from = 'from' in going ? going.from : this.url;
    let url = start;
    let method = going.method ?? 'GET';
    let body = bodyOf(going.body);
    for (let hop = 0; hop < 20; hop += 1) {
      const crossSite = from !== undefined && new URL(from).hostname !== url.hostname;
      const answer = await this.#send(
        url,
        method,
        {
          accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
          'accept-language': this.#options.language ?? 'en',
          ...(method === 'POST'
            ? { 'content-type': 'application/x-www-form-urlencoded', origin: originOf(from, url) }
            : {}),
          'sec-fetch-site': from === undefined ? 'none' : crossSite ? 'cross-site' : 'same-origin',
          'sec-fetch-mode': 'navigate',
          ...this.#cookieHeader(url, crossSite, method),
          ...going.headers,
        },
        body,
      );
      this.#keep(answer.headers['set-cookie'] ?? [], url);
      const { location } = answer.headers;
      const page = { ...answer, url: url.href, trail, forms: readForms(answer.body) };
      if (answer.status < 300 || answer.status > 399 || location === undefined || going.follow === 'no') {
        this.url = url.href;
        return page;
      }
      if (answer.status !== 307 && answer.status !== 308) {
        method = 'GET';
        body = '';
      }
      url = new URL(location, url);
      trail.push(url.href);
      if (this.#portOf(url) === undefined) return { ...page, left: url };
    }
    throw new Error(`The browser was sent round in circles: ${trail.join(' → ')}`);
  }

  #portOf(url: URL): number | undefined {
    const known = this.#options.origins?.[url.origin];
    if (known !== undefined) return known;
    return url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname) && url.port !== ''
      ? Number(url.port)
      : undefined;
  }

  async #send(url: URL, method: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
    for (;;) {
      const answer = await this.#ask(url, method, headers, body);
      if (answer) return answer;
    }
  }

  /** `undefined`: the server closed a kept connection just as it was used again, and the request was not sent. */
  #ask(url: URL, method: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer | undefined>();
    const port = this.#portOf(url);
    if (port === undefined) throw new Error(`This agent does not reach ${url.origin}.`);
    const outgoing = request(
      {
        agent: this.#options.connections,
        host: '127.0.0.1',
        port,
        path: `${url.pathname}${url.search}`,
        method,
        headers: { host: url.host, ...headers, ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }) },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const { statusCode: status = 0, headers: given } = incoming;
          resolve({ status, headers: given, body: bytes.toString('utf8'), bytes });
        });
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#options.connections && error.code === 'ECONNRESET' && outgoing.reusedSocket) resolve(undefined);
      else reject(error);
    });
    outgoing.end(body);
    return promise;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #cookieHeader(url: URL, crossSite: boolean, method: string): Readonly<Record<string, string>> {
    const sent = this.cookies
      .filter(
        (cookie) =>
          cookie.host === url.hostname &&
          (cookie.expires === undefined || cookie.expires > this.#now()) &&
          (!cookie.secure || url.protocol === 'https:' || url.hostname === 'localhost') &&
          pathMatches(url.pathname, cookie.path) &&
          (!crossSite || cookie.sameSite === 'none' || (cookie.sameSite === 'lax' && method === 'GET')),
      )
      .toSorted((a, b) => b.path.length - a.path.length);
    return sent.length === 0 ? {} : { cookie: sent.map(({ name, value }) => `${name}=${value}`).join('; ') };
  }

  #keep(lines: readonly string[], url: URL): void {
    for (const line of lines) {
      const cookie = readCookie(line, url, this.#now());
      if (!cookie) continue;
      const at = this.cookies.findIndex(
        (other) => other.name === cookie.name && other.host === cookie.host && other.path === cookie.path,
      );
      if (at >= 0) this.cookies.splice(at, 1);
      if (cookie.expires === undefined || cookie.expires > this.#now()) this.cookies.push(cookie);
    }
  }
}

function bodyOf(body: Going['body']): string {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  return new URLSearchParams(
    Array.isArray(body) ? (body as [string, string][]) : (body as Record<string, string>),
  ).toString();
}

function originOf(from: string | undefined, url: URL): string {
  return from === undefined ? url.origin : new URL(from).origin;
}

/** RFC 6265 §5.1.4. */
function pathMatches(path: string, cookiePath: string): boolean {
  return (
    path === cookiePath ||
    (path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/'))
  );
}

/** RFC 6265bis §5.6 with its prefixes; `undefined` for what a browser would throw away. */
export function readCookie(line: string, url: URL, now: number): Cookie | undefined {
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim());
  const at = pair.indexOf('=');
  const attributes = new Map(
    rest.map((part) => {
      const [name = '', ...value] = part.split('=');
      return [name.toLowerCase(), value.join('=')] as const;
    }),
  );
  const maxAge = attributes.get('max-age');
  const expires = maxAge === undefined ? Date.parse(attributes.get('expires') ?? '') : now + Number(maxAge) * 1000;
  const sameSite = attributes.get('samesite')?.toLowerCase();
  const cookie: Cookie = {
    name: pair.slice(0, at),
    value: pair.slice(at + 1),
    host: url.hostname,
    path: attributes.get('path') ?? '/',
    secure: attributes.has('secure'),
    httpOnly: attributes.has('httponly'),
    sameSite: sameSite === 'strict' || sameSite === 'none' ? sameSite : 'lax',
    ...(Number.isNaN(expires) ? {} : { expires }),
  };
  const trustworthy = url.protocol === 'https:' || url.hostname === 'localhost';
  if (cookie.secure && !trustworthy) return undefined;
  if (cookie.sameSite === 'none' && !cookie.secure) return undefined;
  if (cookie.name.startsWith('__Secure-') && !cookie.secure) return undefined;
  if (cookie.name.startsWith('__Host-') && (!cookie.secure || cookie.path !== '/' || attributes.has('domain')))
    return undefined;
  return cookie;
}
