// A clerk at the registration desk without a browser: signs in, registers, asks for the letter.
import { appCode } from '../attacks/visitor.ts';
import { HttpAgent, type Page } from './http-agent.ts';
import { pdfText } from './pdf-text.ts';
import type { NewPerson, Overrides, PersonOptions, Product } from './product.ts';

/** A deployment with one desk. */
export const withDesk: Overrides = {
  factors: { 'email-otp': { recommended: true }, 'authenticator-app': { recommended: true } },
  activation: { enabled: true },
  sites: { desk: { groups: ['desk'], protectedGroups: ['administrators'] } },
};

export const addClerk = (product: Product, options: PersonOptions = {}): Promise<NewPerson> =>
  product.addPerson({ keys: ['authenticator-app'], groups: ['desk'], ...options });

/** To the last answer of the sign-in, of which nothing is followed yet. Each sign-in has a code of its own. */
export async function lastAnswer(product: Product, agent: HttpAgent, clerk: NewPerson, page: string): Promise<Page> {
  const { clock, issuer } = product;
  clock.set(clock.now() + 30_000);
  const base = (await agent.get(`${issuer}${page}`)).url;
  await agent.post(`${base}/choose-key`, { key: 'authenticator-app' }, { from: base });
  const { username, password } = clerk;
  await agent.post(`${base}/password`, { username, password, action: 'continue' }, { from: base });
  const code = appCode(clerk.totp, clock.now());
  return agent.post(`${base}/prove-key`, { code, action: 'continue' }, { from: base, follow: 'no' });
}

export async function enterDesk(
  product: Product,
  agent: HttpAgent,
  clerk: NewPerson,
  page = '/desk/list',
): Promise<Page> {
  const { headers } = await lastAnswer(product, agent, clerk, page);
  return agent.get(headers.location ?? '');
}

export const tokenIn = (page: Page): string => /name="form" value="([\w-]+)"/.exec(page.body)?.[1] ?? '';
export const expectedIn = (page: Page): string => /name="expected" value="([\w-]*)"/.exec(page.body)?.[1] ?? '';

export interface Citizen {
  readonly 'given-name': string;
  readonly 'family-name': string;
  readonly email: string;
  readonly birthdate?: string;
  readonly own: string;
  readonly document: string;
}

let made = 0;
/** Another person each time, with one name. */
export const citizen = (given: Partial<Citizen> = {}): Citizen => ({
  'given-name': 'Désirée',
  'family-name': 'Müller',
  email: `desiree-${(made += 1)}@example.org`,
  birthdate: new Date(Date.UTC(1950, 0, made)).toISOString().slice(0, 10),
  own: 'fr',
  document: 'identity-card',
  ...given,
});

/** From any page of the desk to the page of the person who is registered. */
export async function register(product: Product, agent: HttpAgent, page: Page, person: Citizen): Promise<Page> {
  const fields = { ...person, form: tokenIn(page), action: 'register' };
  return agent.post(`${product.issuer}/desk/register`, fields, { from: page.url });
}

/** The answer to the button of a person's page. */
export function askLetter(agent: HttpAgent, page: Page, more: Readonly<Record<string, string>> = {}): Promise<Page> {
  const url = page.url.replace(/\?.*/, '');
  const fields = { form: tokenIn(page), action: 'letter', expected: expectedIn(page), ...more };
  return agent.post(url, fields, { from: page.url });
}

export const codeForm = /[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}/;
/** The code that the letter has. */
export const codeIn = (letter: Page): string => codeForm.exec(pdfText(letter.bytes))?.[0] ?? '';
