/**
 * The groups of a person in an audit event: as they are at that moment, so that later figures can be split by group.
 */
import type { Person } from './person.ts';

/** To be spread into the facts of an event; empty for a person without groups. */
export const cohortOf = (person: Pick<Person, 'groups'> | undefined): { readonly groups?: readonly string[] } =>
  person === undefined || person.groups.length === 0 ? {} : { groups: person.groups };
