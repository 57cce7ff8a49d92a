/**
 * Dates and rules in sentences for an administrator: for `factor list`, refusals and explanations. English, like all of
 * the command line.
 */
import type { Decider } from '../../factors/policy/deciding-dates.ts';
import type { Scope } from '../../factors/policy/types.ts';
import { localInstant } from '../../time/calendar.ts';

/**
 * The last day before an instant (ms), `9 December 2026`: something that ends at the instant counts until and including
 * that day.
 */
export const lastDayInWords = (end: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: zone }).format(end - 1);

/** An instant (ms) in the zone, and in UTC beside it. */
export const bothInstants = (instant: number, zone: string): string =>
  `${localInstant(instant, zone)}, ${new Date(instant).toISOString()}`;

export function scopeInWords(scope: Scope): string {
  switch (scope.kind) {
    case 'all':
      return 'everyone';
    case 'client':
      return `sign-ins at ${scope.id}`;
    case 'group':
      return `group ${scope.id}`;
  }
}

/** Whose last day it is; stands before "last day". */
export function deciderInWords(by: Decider): string {
  switch (by.kind) {
    case 'person':
      return 'the day of this person alone';
    case 'person-extension':
      return 'the extension of this person';
    case 'extension':
      return `the extension for ${scopeInWords(by.scope)}`;
    case 'rule':
      return by.scope.kind === 'all' ? 'everyone’s last day' : `the last day for ${scopeInWords(by.scope)}`;
  }
}
