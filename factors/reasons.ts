/**
 * All refusals that a person can see. A closed list: each code is a translation key (`reason.<code>` in views/locales),
 * an entry of docs/errors.md (tested), and the code in audit and log. A factor may refuse with the codes of
 * `factorReasons` only.
 */
export const factorReasons = [
  'code_wrong',
  'code_malformed',
  'code_expired',
  'code_used',
  'key_exhausted',
  'key_expired',
  'key_state_unreadable',
  'address_invalid',
  'address_refused',
  'number_invalid',
  'number_refused',
  'consent_missing',
  'device_answer_wrong',
  'device_answer_expired',
  'device_unverified',
  'device_refused',
  'device_copied',
  'certificate_refused',
  'certificate_expired',
  'certificate_revoked',
  'certificate_unknown',
  'certificate_replaced',
  'card_person_other',
  'check_unavailable',
  'site_unavailable',
  'site_cancelled',
  'site_answer_wrong',
  'site_answer_weak',
  'site_person_other',
] as const;

export const coreReasons = [
  'credentials_wrong',
  'account_disabled',
  'attempts_paused',
  'key_blocked',
  'key_not_held_or_expired',
  'no_usable_key',
  'level_unreachable',
  'account_unexpected',
  'sending_paused',
  'messages_paused',
  'message_delayed',
  'message_undeliverable',
  'code_replaced',
  'proof_too_old',
  'stronger_proof_needed',
  'key_unknown',
  'key_last',
  'enrolment_closed',
  'replacement_missing',
  'mailbox_missing',
  'mailbox_shared',
  'device_known',
  'device_unknown',
  'script_missing',
  'password_too_short',
  'password_too_long',
  'password_too_common',
  'password_differs',
  'password_reset_impossible',
  'activation_link_unknown',
  'activation_replaced',
  'activation_used',
  'activation_expired',
  'activation_locked',
  'activation_code_wrong',
  'activation_code_mistyped',
  'activation_other_account',
  'username_taken',
  'username_address',
  'report_unknown',
  'user_code_unknown',
  'interaction_expired',
  'interaction_foreign',
  'cookies_missing',
  'field_empty',
  'input_invalid',
  'choice_unknown',
  'page_unknown',
  'name_invalid',
  'birthdate_invalid',
  'document_missing',
  'person_known',
  'person_protected',
  'lookups_paused',
  'desk_forbidden',
  'request_foreign',
  'request_invalid',
  'sign_ins_paused',
  'service_unavailable',
  'service_fault',
] as const;

export type FactorReason = (typeof factorReasons)[number];
export type CoreReason = (typeof coreReasons)[number];
export type Reason = FactorReason | CoreReason;

/** Nothing was guessed: no try is counted for it. */
const noFailures: ReadonlySet<Reason> = new Set<Reason>(['check_unavailable', 'site_unavailable', 'site_cancelled']);
export const isNoFailure = (reason: Reason): boolean => noFailures.has(reason);

/** The subject of a refusal, where that is not the field `code`. */
export interface RefusedField {
  /** Name of the wrong field. */
  readonly field?: string;
  /** Typed values that may be shown again, by field name: never a code or a secret. */
  readonly kept?: Readonly<Record<string, string>>;
}

/** A value, or the reason why there is none. `until` is an instant (ms). */
export type Judged<T> =
  | { readonly ok: true; readonly value: T }
  | ({ readonly ok: false; readonly reason: Reason; readonly until?: number } & RefusedField);
