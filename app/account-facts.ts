/** What the engine needs to know about an account: for claims, and so that it need not read the account again. */
import { personFacts } from '../digital-keys/key-changes.ts';
import type { Person } from '../accounts/person.ts';
import type { AccountFacts } from '../provider/accounts.ts';

export const accountOf = (person: Person): AccountFacts => ({
  person,
  id: person.id,
  disabled: person.disabled,
  username: person.username,
  givenName: person.givenName,
  familyName: person.familyName,
  claims: person.claims,
  updatedAt: Math.max(person.createdAt, person.email?.verifiedAt ?? 0),
  displayName: personFacts(person).displayName,
  email: person.email?.address,
  emailVerified: person.email?.verifiedAt !== undefined,
  language: person.language,
  groups: person.groups,
});
