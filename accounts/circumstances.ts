/** What the dates of factors depend on for one account: asked wherever dates are judged, so that no place forgets a part of it. */
import type { Circumstances } from '../factors/policy/lifecycle.ts';
import type { Person } from './person.ts';

/** @param client the relying party; absent: what holds wherever the person signs in */
export const circumstancesOf = (
  { groups, dates }: Pick<Person, 'groups' | 'dates'>,
  client?: string,
): Circumstances => ({
  groups,
  personal: dates,
  ...(client === undefined ? {} : { client }),
});
