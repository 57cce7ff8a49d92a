// What people do in the crash tests, without a browser: migrate from the card to an app, sign in with the card.
import { generateSync } from 'otplib';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { plainExchange, plainRequest } from '../harness/plain-client.ts';
import type { NewPerson } from '../harness/product.ts';

export const client = {
  id: 'rp',
  secret: 'a-secret-of-the-relying-party-1',
  redirectUri: 'https://rp.example/callback',
} as const;

const stepOf = (page: Page) => /<main[^>]*data-step="([^"]+)"/.exec(page.body)?.[1];
const positionOf = (page: Page) => /data-position="([^"]+)"/.exec(page.body)?.[1] ?? '';

/**
 * True once the person was told that the new key is active; false if the card is refused because that has happened
 * already.
 */
export async function migrate(issuer: string, person: NewPerson): Promise<boolean> {
  const agent = new HttpAgent();
  let page = await agent.get(plainRequest(issuer, client).url);
  page = await agent.submit(page, { key: 'token-card' });
  page = await agent.submit(page, { action: 'migrate' });
  page = await agent.submit(page, { username: person.username, password: person.password, action: 'continue' });
  if (stepOf(page) === 'refused') return false;
  page = await agent.submit(page, { code: person.card[positionOf(page)] ?? '', action: 'continue' });
  page = await agent.submit(page, { action: 'continue' });
  page = await agent.submit(page, { key: 'authenticator-app' });
  // It was begun before a kill, and its code is not shown again.
  if (page.body.includes('value="anew"')) page = await agent.submit(page, { action: 'anew' });
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
  const { url, verifier } = plainRequest(issuer, client);
  let page = await agent.get(url);
  page = await agent.submit(page, { key: 'token-card' });
  page = await agent.submit(page, { action: 'postpone' });
  page = await agent.submit(page, { username: person.username, password: person.password, action: 'continue' });
  const position = positionOf(page);
  page = await agent.submit(page, { code: person.card[position] ?? '', action: 'continue' });
  const code = page.left?.searchParams.get('code') ?? undefined;
  if (code === undefined) throw new Error(`Not signed in but ${String(stepOf(page))}.`);
  const exchange = async (): Promise<string | undefined> => {
    const answer = await plainExchange(agent, issuer, client, { code, verifier });
    return answer.ok ? ((await answer.json()) as { access_token?: string }).access_token : undefined;
  };
  const answers = await Promise.all([exchange(), exchange()]);
  const tokens = answers.filter((token) => token !== undefined);
  if (tokens[0] === undefined) throw new Error('The code was not exchanged.');
  return { position, accessToken: tokens[0], exchanges: tokens.length };
}
