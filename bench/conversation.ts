/**
 * One full sign-in as a browser and a relying party would do it, with kept connections: the same requests for the
 * product and for the bare engine.
 */
import { Agent } from 'node:http';
import { HttpAgent, type Page } from '../test/harness/http-agent.ts';
import { plainExchange, plainRequest } from '../test/harness/plain-client.ts';

const connections = new Agent({ keepAlive: true, maxSockets: 64 });

/** @param path of the server at this port of the loopback */
export const fetchFrom = (port: number, path: string): Promise<Response> =>
  new HttpAgent({ connections }).fetch(`http://localhost:${port}${path}`);

export const client = {
  id: 'bench',
  secret: 'a-secret-of-the-bench-client-1234',
  redirectUri: 'https://rp.example/callback',
};

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
  const issuer = `http://localhost:${port}`;
  const browser = new HttpAgent({ connections });
  const { url, verifier } = plainRequest(issuer, client, 'openid profile email');
  const first = await browser.get(url);
  const proved = await proveKey(browser, first, person);
  const code = proved.left?.searchParams.get('code') ?? undefined;
  if (code === undefined) throw new Error(`No code for ${person.username}: ${proved.status} ${proved.url}`);
  const token = await plainExchange(browser, issuer, client, { code, verifier });
  const said = await token.text();
  if (!said.includes('id_token')) throw new Error(`No token for ${person.username}: ${token.status} ${said}`);
}

/** Password and key. The answer to the key, and where it led. */
async function proveKey(browser: HttpAgent, first: Page, person: BenchPerson): Promise<Page> {
  const { username, password, code } = person;
  const base = first.url;
  const send = (step: string, fields: Readonly<Record<string, string>>, follow: 'yes' | 'no') =>
    browser.post(`${base}/${step}`, { ...fields, action: 'continue' }, { from: base, follow });
  const known = await send('password', { username, password }, 'no');
  const askedAt = performance.now();
  const page = await browser.get(known.headers.location ?? base);
  const asked = performance.now() - askedAt;
  const fields = person.answer?.(page.body) ?? { code };
  const judgedAt = performance.now();
  const judged = await send('prove-key', fields, 'no');
  person.timed?.(asked, performance.now() - judgedAt);
  return browser.get(judged.headers.location ?? base);
}
