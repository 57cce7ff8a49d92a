/** The groups of a person as an audit line keeps them: those of the moment, by which figures are told apart later. */
import type { Person } from './person.ts';

/** To be spread into the facts of an event; nothing for somebody of no group. */
export const cohortOf = (person: Pick<Person, 'groups'> | undefined): { readonly groups?: readonly string[] } =>
  person === undefined || person.groups.length === 0 ? {} : { groups: person.groups };
