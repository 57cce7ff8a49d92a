/**
 * Who may act at a registration desk, and for whom. A desk is a group of accounts (`sites.desk.groups`): its clerks.
 * Judged at every request, so that a role that is taken away ends at once.
 */
import { hasOwnName } from '../../accounts/own-name.ts';
import type { Person } from '../../accounts/person.ts';
import { personFacts } from '../../digital-keys/key-changes.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';

export interface Clerk {
  /** The account. */
  readonly id: string;
  readonly displayName: string;
  /** The group that is the desk: the first one that the account is in, in the order of the configuration. */
  readonly desk: string;
}

/** @param id of the account that signed in */
export async function deskClerk(
  { people, settings }: Pick<Services, 'people' | 'settings'>,
  id: string,
): Promise<Outcome<Clerk>> {
  const person = await people.get(id);
  const desk = settings.sites.desk?.groups.find((group) => person?.groups.includes(group));
  if (!person || person.disabled || person.removedAt !== undefined || desk === undefined)
    return refuse('clerk_unknown', 'This account is no clerk of a desk.');
  return done({ id, displayName: personFacts(person).displayName, desk });
}

/**
 * Whether a desk may do nothing for this person: a clerk, also oneself, or somebody in a protected group. Such people
 * have more rights than a citizen, and would lose them to a clerk who prints their letter and reads their mail.
 */
export function isProtected({ groups }: Person, { sites }: Services['settings']): boolean {
  const barred = [...(sites.desk?.groups ?? []), ...(sites.desk?.protectedGroups ?? [])];
  return barred.some((group) => groups.includes(group));
}

/** Registered, and nothing was issued yet: the document has just been looked at. */
export const isNew = (person: Person): boolean => !hasOwnName(person) && person.activation === undefined;
