/** What every account has, with nothing in it: tests add a name and what they are about. */
import type { Person } from '../../accounts/person.ts';

export const blankAccount: Omit<Person, 'id' | 'username'> = {
  language: 'nl',
  groups: [],
  disabled: false,
  createdAt: 1,
  passwordAttempts: {},
  otherAttempts: {},
  keys: [],
  postponements: {},
  sendings: [],
  pending: [],
};
