/**
 * What every write of an account brings along: copies of mails for former addresses, codes in mails about changes, the
 * end of trusted browsers, a review of the sessions. `person-store.ts` calls it, so that no caller can forget one.
 */
import { withReportCode } from './change-reports.ts';
import { withCopies } from './former-addresses.ts';
import type { Person } from './person.ts';
import { withSessionReview } from './session-review.ts';
import { settled } from './trusted-browsers.ts';

export const onWrite = (before: Person, after: Person): Person =>
  withSessionReview(before, settled(before, withReportCode(before, withCopies(before, after))));
