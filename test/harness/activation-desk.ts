/** A registration desk for tests: a person without password and keys, and the two secrets of an activation. */
import { randomBytes } from 'node:crypto';
import { issueActivation } from '../../admin/use-cases/activation-issue.ts';
import type { Person } from '../../accounts/person.ts';
import type { Overrides, Product } from './product.ts';

export interface Registered {
  readonly id: string;
  readonly email: string;
  /** Of the mail. */
  readonly link: string;
  /** Of the letter. */
  readonly code: string;
}

export const activating: Overrides = {
  activation: { enabled: true, factors: ['authenticator-app', 'email-otp'] },
  factors: {
    'email-otp': { recommended: true },
    'authenticator-app': {},
    'token-card': { settings: { count: 8, warnAt: 2 } },
  },
};

/** Somebody who was imported or registered, and has never signed in. */
export async function addStranger(product: Product, language: Person['language'] = 'nl'): Promise<string> {
  const username = `p-${randomBytes(5).toString('hex')}`;
  const added = await product.services.people.add({
    username,
    givenName: 'An',
    familyName: 'Peeters',
    language,
    email: { address: `${username}@example.org` },
    groups: [],
    disabled: false,
    createdAt: product.clock.now(),
    passwordAttempts: {},
    otherAttempts: {},
    keys: [],
    postponements: {},
    sendings: [],
    pending: [],
  });
  if (!added.ok) throw new Error('The name is taken.');
  return added.person.id;
}

/** What the desk hands out, and what the mail says. */
export async function register(
  product: Product,
  id?: string,
  language: Person['language'] = 'nl',
): Promise<Registered> {
  const person = id ?? (await addStranger(product, language));
  const issued = await issueActivation({ ...product.services, clock: product.clock }, { person, by: 'desk' });
  if (!issued.ok) throw new Error(issued.refusals.map(({ says }) => says).join());
  const email = (await product.services.people.get(person))?.email?.address ?? '';
  await product.app.flush();
  const before = product.mails.length;
  const { text } = await product.mailTo(email, /\/activate\//);
  if (product.mails.length < before) throw new Error('A mail is gone.');
  const link = /http\S+\/activate\/\S+/.exec(text)?.[0] ?? '';
  return { id: person, email, link, code: issued.value.paperCode };
}
