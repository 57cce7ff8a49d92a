/** Generates accounts for property tests of decisions. */
import { array, boolean, constantFrom, integer, option, record, uniqueArray } from 'fast-check';
import type { Key, Person } from '../../accounts/person.ts';
import { blankAccount } from './blank-account.ts';

const nothing = { nil: undefined };
const key = record({
  factor: constantFrom('sms', 'app', 'card'),
  status: constantFrom('active' as const, 'off' as const, 'blocked' as const),
  strength: option(constantFrom('low' as const, 'substantial' as const), nothing),
  offBecause: constantFrom('replaced' as const, 'removed' as const, 'purged' as const),
}).map(({ factor, status, strength, offBecause }): Key => ({
  id: factor,
  factor,
  status,
  detail: 'secret detail',
  ...(strength === undefined ? {} : { strength }),
  ...(status === 'off' ? { offBecause } : {}),
  boundAt: 5,
  source: 'enrolled',
  attempts: { count: 2, lastAt: 9 },
}));
export const anyPerson = record({
  keys: array(key, { maxLength: 4 }),
  groups: uniqueArray(constantFrom('staff', 'pilot'), { maxLength: 2 }),
  mail: constantFrom('none', 'unproven', 'proven'),
  disabled: boolean(),
  extendedTo: option(integer({ min: 1, max: 300 }), nothing),
  localPart: constantFrom('an', 'an', 'info'),
  permitted: option(integer({ min: 1, max: 300 }), nothing),
}).map(({ keys, groups, mail, disabled, extendedTo, localPart, permitted }): Person => ({
  ...blankAccount,
  id: 'an',
  username: 'an.peeters',
  ...(mail === 'none'
    ? {}
    : { email: { address: `${localPart}@example.org`, ...(mail === 'proven' ? { verifiedAt: 1 } : {}) } }),
  groups,
  disabled,
  keys,
  ...(extendedTo === undefined ? {} : { dates: { sms: { extendedTo } } }),
  ...(permitted === undefined ? {} : { permit: { id: 'x', at: 0, until: permitted, by: 'desk' } }),
}));
