// Moves of a visitor of *My digital keys*, over HTTP.
import type { HttpAgent, Page } from '../harness/http-agent.ts';
import type { NewPerson, Product } from '../harness/product.ts';
import { appCode } from './visitor.ts';

export const tokenIn = (page: Page): string => /name="form" value="([\w-]+)"/.exec(page.body)?.[1] ?? '';

/** The ids of the keys on the page. */
export const keysIn = (page: Page): readonly string[] =>
  [...page.body.matchAll(/data-key="([^"]+)"/g)].map(([, id = '']) => id);

/** Sends the form of a page of the site. */
export const press = (
  agent: HttpAgent,
  page: Page,
  fields: Readonly<Record<string, string>>,
  path = new URL(page.url).pathname,
): Promise<Page> => agent.post(new URL(path, page.url).href, { form: tokenIn(page), ...fields }, { from: page.url });

/** By the authenticator app, to the last answer, of which nothing is followed yet. Each sign-in has a code of its own. */
export async function lastAnswer(
  { clock, issuer }: Pick<Product, 'clock' | 'issuer'>,
  agent: HttpAgent,
  person: NewPerson,
  page: string,
): Promise<Page> {
  clock.set(clock.now() + 30_000);
  const first = await agent.get(`${issuer}${page}`);
  const base = first.url;
  const send = (step: string, fields: Readonly<Record<string, string>>) =>
    agent.post(`${base}/${step}`, { ...fields, action: 'continue' }, { from: base });
  await agent.post(`${base}/choose-key`, { key: 'authenticator-app' }, { from: base });
  await send('password', { username: person.username, password: person.password });
  const code = appCode(person.totp, clock.now());
  return agent.post(`${base}/prove-key`, { code, action: 'continue' }, { from: base, follow: 'no' });
}

/** Signs in to the site, and opens a page of it. */
export async function enter(
  product: Pick<Product, 'clock' | 'issuer'>,
  agent: HttpAgent,
  person: NewPerson,
  page = '/my/keys',
): Promise<Page> {
  const { headers } = await lastAnswer(product, agent, person, page);
  return agent.get(headers.location ?? '');
}
