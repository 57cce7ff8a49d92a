/**
 * Every way in which an administrator is told no: a closed list, whose codes are what `--json` says and
 * `docs/command-line.md` explains.
 */
import type { ScheduleFault, ScheduleFaultCode } from '../factors/policy/schedule-rules.ts';
import type { Schedule } from '../factors/policy/types.ts';
import { describeFault } from '../schedules/describe-fault.ts';

/**
 * What each means, for docs. Those about dates come first: `rekey factor schedule` and the configuration share them.
 */
export const refusalMeanings = {
  factor_unknown: 'No factor of this id is installed.',
  zone_unknown: 'The time zone is none of the IANA database.',
  dates_out_of_order:
    'Announcement, end of enrolment, last day and deletion must follow each other in this order; they may fall together.',
  scope_repeated: 'Two rules hold for the same relying party or group.',
  client_unknown: 'No relying party has this id.',
  client_address: 'The relying party has no redirect address on this machine, or something listens there already.',
  client_key: 'The relying party signs with a key of its own, and the test was not given it.',
  client_not_connected: 'The test sign-in did not end as it should; cause and setting are told.',
  code_unknown: 'No change can be reported by this code (any more).',
  postponements_invalid: 'Postponements are a whole number from 0 on.',
  replacement_itself: 'A factor cannot take its own place.',
  replacement_unknown: 'The replacement is not installed.',
  replacement_not_enabled: 'The replacement is not on offer in this deployment.',
  replacement_not_self_service:
    'The replacement is handed out by an administrator; people cannot activate it themselves.',
  replacement_closed: 'The replacement takes nobody in any more before the last day of what it replaces is over.',
  replacement_ends_earlier: 'The replacement itself ends earlier, or on the same day.',
  replacement_in_a_circle: 'Replacements lead back to where they began.',
  zone_missing: 'The first dates of a factor need a time zone.',
  day_invalid: 'Not a day: it is written 2024-01-30, and must be in the calendar.',
  group_unknown: 'Nobody is of this group, and no other rule names it.',
  rule_without_effect: 'Another last day comes first, or there is none that could be put off.',
  extension_too_long: 'The last day is put off by more days than the configuration allows.',
  extension_too_many: 'The last day would be put off for more people than the configuration allows.',
  administrators_change_under_way:
    'Another change that concerns the way in of administrators is under way at this moment.',
  extension_under_way: 'Another administrator is putting off a last day of the same factor at this moment.',
  extension_over: 'A last day is put off to a day that is over itself.',
  extension_outlives_replacement:
    'A last day is put off past the end of whatever could take the place of the key, and no other key stays.',
  extension_missing: 'The person has no extension that could be lifted.',
  factor_not_held: 'The person holds no key of this factor that works.',
  range_in_future: 'A day of the range is still to come.',
  range_reversed: 'The first day of the range comes after the last one.',
  time_invalid:
    'Not a time: it is written 2027-01-01T09:00, must exist, and exist once, in the time zone of the factor.',
  client_would_close: 'No factor would open a relying party any more.',
  installation_would_close: 'No factor would sign anybody in any more.',
  administrators_shut_out: 'Every administrator (`administrators`) would be left without a way in.',
  people_stranded: 'People would be left without a way in, and their number was not accepted.',
  stranded_differs: 'Another number of people would be left without a way in than was accepted.',
  day_near: 'The last day, or the day of deletion, is over or less than seven days away, and this was not accepted.',
  reason_missing: 'What is accepted, and a last day that is put off, take a reason.',
  dates_changed_meanwhile:
    'The dates were changed by another administrator after they were looked at; both states are told, and nothing was written.',
  state_unknown: 'The history of the factor has no such state, or does not keep it any more.',
  accounts_too_varied:
    'Accounts differ in more ways (dates of their own, groups, keys, permits) than can be judged at once.',
  nothing_to_change: 'No date or other part of a schedule was given.',
  schedule_missing: 'There are no dates to lift.',
  mails_not_due: 'No change of dates made a mail due that could be cancelled, or it was cancelled already.',
  person_unknown: 'Nobody has this user name or id.',
  confirmation_missing: 'What cannot be undone is asked twice: it goes on with `--yes`.',
  list_faulty: 'Lines of the list name nobody, somebody twice, or are no name; each is told, and nothing was done.',
  account_changed_meanwhile: 'The account was changed between the look at it and the write: look again.',
  person_details_invalid: 'A name, language, address or group of a person is not one.',
  person_known: 'A person with this name and this address, or with this name and birth date, has an account already.',
  person_protected:
    'The person is a clerk of a desk or in a protected group (`sites.desk`): an administrator issues this activation, on the command line.',
  clerk_unknown: 'The account is in no group of the desk (`sites.desk.groups`), or may not act any more.',
  lookups_too_many: 'The clerk has looked for people more often than is allowed in an hour or a day.',
  document_unchecked: 'It was not said which document was looked at.',
  activation_changed: 'Another activation was issued meanwhile: look at the person again.',
  person_disabled: 'The account is disabled, or was meanwhile.',
  nothing_blocked: 'No failures are counted for this person: there is nothing to lift.',
  key_unknown: 'The person has no such key, or several of this name.',
  reason_invalid: 'A reason is empty, or too long.',
  key_last: 'No other key would be left with which the person signs in.',
  permit_unneeded: 'The person has no key that must be proved before another one: nothing has to be allowed.',
  password_reset_off: 'The deployment lets nobody set a new password (`password.reset`).',
  password_missing: 'The person has no password yet, and is invited instead.',
  password_present: 'The person has a password, which is reset instead.',
  activation_off: 'The deployment has no activation by link and paper code (`activation.enabled`).',
  mailbox_unusable: 'The account has no e-mail address, or one that several people read.',
  permit_missing: 'Nothing is allowed to the person that could be taken back.',
  address_not_former: 'The person did not have this address within the days in which it can be put back.',
  installation_key_unknown: 'There is no such key of the installation.',
  installation_key_waits: 'Another key of the same kind is published already and has signed nothing yet.',
  installation_key_signs: 'This key signs now: only a key that another one has replaced may go.',
  installation_key_not_next: 'Only a key that has signed nothing yet can take the place of the one that signs.',
  installation_key_early:
    'It is too early: somebody may not have fetched the new key yet, or still show what the old one signed.',
  root_key_configured: 'The root key stands in the configuration, not in the folder `state`: it is changed there.',
  root_key_differs: 'The keys in the store were sealed under another root key.',
  root_key_state: 'The root key cannot be changed in this way now: the sentence says what is missing.',
  noun_unknown: 'No installed factor hands out such a thing.',
  factor_breaks_contract: 'The folder is no factor, or breaks a rule of the contract; each is named.',
  factor_not_enabled: 'The factor is not on offer in this deployment.',
  enrolment_closed: 'The factor is closed: nobody gets a new key of this kind.',
  file_unreadable: 'The file is not there or cannot be read.',
  folder_unusable: 'The folder is there and not empty, or cannot be made or written to.',
  file_exists: 'The file is there already, or cannot be made: nothing is overwritten.',
  audit_line_unknown: 'There is no line of this number in the audit trail, or it was dropped by its age.',
  audit_line_no_sign_in: 'The line of the audit trail names no person at a relying party.',
  audit_whole: 'The audit trail is as it was written: there is nothing to accept.',
  audit_broken: 'The audit trail is not as it was written; the first such line is named.',
  store_address_invalid: 'The address of a store is not one, or is not found where it was said to be.',
  store_same: 'Source and target are the same store.',
  store_incomplete: 'An index is missing in the store, or a document in it cannot be read.',
  store_in_use: 'A server is running on one of the stores: stop it first.',
  store_moving: 'The store is being copied into another one, or a copy into it is not complete.',
  source_empty: 'There is nothing in the source.',
  target_not_empty: 'There is something in the target that is not of this copy.',
  copy_under_way: 'Another copy into the same target is under way.',
  copy_differs: 'The two stores do not hold the same, since the source was being changed.',
  mail_address_invalid: 'Not one plain mail address.',
  template_unknown: 'There is no mail or short message of this name.',
  template_not_mail: 'It is a short message, which no mail server sends.',
  mail_kept: 'No mail server is configured: mails are kept in the store.',
  mail_not_taken: 'The mail server did not take the mail; its answers say why.',
  configuration_broken: 'The configuration has mistakes: `rekey config check` names them.',
} as const satisfies Readonly<Record<ScheduleFaultCode, string>> & Readonly<Record<string, string>>;
export type RefusalCode = keyof typeof refusalMeanings;

export interface Refusal {
  readonly code: RefusalCode;
  /** A sentence for people, without a secret. */
  readonly says: string;
}

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusals: readonly Refusal[] };

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const refuse = (
  code: RefusalCode,
  says: string,
): { readonly ok: false; readonly refusals: readonly Refusal[] } => ({
  ok: false,
  refusals: [{ code, says }],
});

/** @param schedule the one that has the fault */
export function scheduleRefusal(fault: ScheduleFault, schedule: Schedule | undefined): Refusal {
  return { code: fault.code, says: describeFault(fault, schedule) };
}
