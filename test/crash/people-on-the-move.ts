// What people do in the crash tests, without a browser: migrate from the card to an app, sign in with the card.
import { generateSync } from 'otplib';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import type { NewPerson } from '../harness/product.ts';

export const client = {
  id: 'rp',
  secret: 'a-secret-of-the-relying-party-1',
  redirectUri: 'https://rp.example/callback',
} as const;

/** RFC 7636, appendix B. */
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const parameters = new URLSearchParams({
  client_id: client.id,
  response_type: 'code',
  redirect_uri: client.redirectUri,
  scope: 'openid',
  state: 'a-state-of-some-length',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
});

const stepOf = (page: Page) => /<main[^>]*data-step="([^"]+)"/.exec(page.body)?.[1];
const positionOf = (page: Page) => /data-position="([^"]+)"/.exec(page.body)?.[1] ?? '';

/**
 * True once the person was told that the new key is active; false if the card is refused because that has happened
 * already.
 */
export async function migrate(issuer: string, person: NewPerson): Promise<boolean> {
  const agent = new HttpAgent();
  let page = await agent.get(`${issuer}/auth?${String(parameters)}`);
  page = await agent.submit(page, { key: 'token-card' });
  page = await agent.submit(page, { action: 'migrate' });
  page = await agent.submit(page, { username: person.username, password: person.password, action: 'continue' });
  if (stepOf(page) === 'refused') return false;
  page = await agent.submit(page, { code: person.card[positionOf(page)] ?? '', action: 'continue' });
  page = await agent.submit(page, { action: 'continue' });
  page = await agent.submit(page, { key: 'authenticator-app' });
  const secret = /secret=([A-Z2-7]+)/.exec(page.body.replaceAll('&#x3D;', '='))?.[1];
  if (secret === undefined) throw new Error(`No secret on ${String(stepOf(page))}.`);
  page = await agent.submit(page, { code: generateSync({ secret }), action: 'continue' });
  if (stepOf(page) !== 'done') throw new Error(`Not done but ${String(stepOf(page))}.`);
  return true;
}

export interface SignedIn {
  /** Position of the card whose code was accepted. */
  readonly position: string;
  readonly accessToken: string;
  /** How many of two parallel exchanges got tokens. */
  readonly exchanges: number;
}

/**
 * Signs in with the card, puts off its replacement, and exchanges the code twice in parallel. Throws if it was
 * interrupted.
 */
export async function signIn(issuer: string, person: NewPerson): Promise<SignedIn> {
  const agent = new HttpAgent();
  let page = await agent.get(`${issuer}/auth?${String(parameters)}`);
  page = await agent.submit(page, { key: 'token-card' });
  page = await agent.submit(page, { action: 'postpone' });
  page = await agent.submit(page, { username: person.username, password: person.password, action: 'continue' });
  const position = positionOf(page);
  page = await agent.submit(page, { code: person.card[position] ?? '', action: 'continue' });
  const code = page.left?.searchParams.get('code') ?? undefined;
  if (code === undefined) throw new Error(`Not signed in but ${String(stepOf(page))}.`);
  const answers = await Promise.all([exchange(issuer, code), exchange(issuer, code)]);
  const tokens = answers.filter((token) => token !== undefined);
  if (tokens[0] === undefined) throw new Error('The code was not exchanged.');
  return { position, accessToken: tokens[0], exchanges: tokens.length };
}

async function exchange(issuer: string, code: string): Promise<string | undefined> {
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: client.redirectUri,
      code_verifier: verifier,
    }),
  });
  if (!answer.ok) return undefined;
  return ((await answer.json()) as { access_token?: string }).access_token;
}
