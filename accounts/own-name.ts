/**
 * The user name of an account whose person has not chosen one yet: it stands in for one until the activation. The same
 * person registered twice at the same time gets the same one, so that only one of the two accounts is made. And which
 * name a person may choose.
 */
import type { Person } from './person.ts';
import { foldName } from './unique-values.ts';

const form = /^new-[a-z0-9_-]{22}$/i;

/** @param digest keyed (secret-box); nobody can guess a name from it */
export function placeholderName(
  { email, givenName, familyName, birthdate }: Registered,
  digest: (text: string) => string,
): string {
  const facts = [email.toLowerCase(), foldName(givenName), foldName(familyName), birthdate ?? ''];
  return `new-${digest(JSON.stringify(facts)).slice(0, 22)}`;
}

interface Registered {
  readonly email: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly birthdate?: string | undefined;
}

export const hasOwnName = ({ username, password }: Pick<Person, 'username' | 'password'>): boolean =>
  password !== undefined || !form.test(username);

/**
 * Whether a name that a person chooses could be taken for an address of somebody else, whose mails and questions would
 * then lead to this account: with @ it is the address of the account itself, or nobody's.
 */
export const isForeignAddress = (name: string, { email }: Pick<Person, 'email'>): boolean =>
  foldName(name).includes('@') && (email === undefined || foldName(name) !== foldName(email.address));

/** Purpose under which an account counts the names in use that were tried for it (`Person.otherAttempts`). */
export const nameTries = 'user-name';
