/**
 * The facts of one account that the dates of factors depend on. Every place that judges dates uses it, so that none
 * forgets a fact.
 */
import type { Circumstances } from '../factors/policy/lifecycle.ts';
import type { Person } from './person.ts';

/** @param client the relying party; absent: what is true at every relying party */
export const circumstancesOf = (
  { groups, dates }: Pick<Person, 'groups' | 'dates'>,
  client?: string,
): Circumstances => ({
  groups,
  personal: dates,
  ...(client === undefined ? {} : { client }),
});
