/**
 * Sets a new password: the only write of one by its owner, for `forgotten` and for `change`. In the same write all
 * sessions and tokens end, the person is told, and (`person-store.ts`) no browser is trusted any more. Called by the
 * step `new-password`.
 */
import { auditLine, notice } from '../accounts/notices.ts';
import { addPending, type People } from '../accounts/person-store.ts';
import type { Password, Person } from '../accounts/person.ts';
import type { Passwords } from './passwords.ts';

/** Why a new password is not taken; each is a refusal of `factors/reasons.ts`. */
export type NewPasswordFault = 'password_too_short' | 'password_too_long' | 'password_too_common';

export type PasswordSet =
  | { readonly ok: true; readonly person: Person }
  | { readonly ok: false; readonly reason: NewPasswordFault | 'account_disabled' | 'proof_too_old' };

export interface NewPassword {
  readonly password: string;
  /** Stands in the audit trail. */
  readonly because: 'forgotten' | 'change';
  readonly client: string;
  readonly now: number;
  /** Judges the account as it is at the write; if it refuses, nothing is changed (`proof_too_old`). */
  readonly may: (person: Person) => boolean;
}

export type SetPassword = (personId: string, given: NewPassword) => Promise<PasswordSet>;

const faults = {
  too_short: 'password_too_short',
  too_long: 'password_too_long',
  common: 'password_too_common',
  context: 'password_too_common',
} as const;

export type PasswordMade =
  { readonly ok: true; readonly password: Password } | { readonly ok: false; readonly reason: NewPasswordFault };

/** Judges a new password and makes what is kept of it. Writes nothing. @param now ms */
export type MakePassword = (
  password: string,
  own: { readonly username: string; readonly email: string | undefined },
  now: number,
) => Promise<PasswordMade>;

export const createMakePassword =
  ({ passwords }: { readonly passwords: Passwords }): MakePassword =>
  async (password, { username, email }, now) => {
    const fault = await passwords.fault(password, { username, ...(email !== undefined && { email }) });
    if (fault !== undefined) return { ok: false, reason: faults[fault] };
    return { ok: true, password: await passwords.make(password, now) };
  };

export const createSetPassword = ({
  people,
  passwords,
}: {
  readonly people: People;
  readonly passwords: Passwords;
}): SetPassword => {
  const makePassword = createMakePassword({ passwords });
  return async (personId, { password, because, client, now, may }) => {
    const person = await people.get(personId);
    if (!person || person.disabled) return { ok: false, reason: 'account_disabled' };
    const { username, email } = person;
    const judged = await makePassword(password, { username, email: email?.address }, now);
    if (!judged.ok) return judged;
    const made = judged.password;
    const updated = await people.update<'account_disabled' | 'proof_too_old'>(personId, (current) => {
      if (current.disabled) return { result: 'account_disabled' };
      if (!may(current)) return { result: 'proof_too_old' };
      return { account: withNewPassword(current, made, { because, client }), result: 'account_disabled' };
    });
    if (updated?.account) return { ok: true, person: updated.account };
    return { ok: false, reason: updated?.result ?? 'account_disabled' };
  };
};

/** The account with a new password; all that the old one opened is ended. */
function withNewPassword(
  { passwordPermit: _used, ...person }: Person,
  password: Password,
  { because, client }: Pick<NewPassword, 'because' | 'client'>,
): Person {
  const { setAt: at } = password;
  return addPending(
    { ...person, password, sessionsEnded: (person.sessionsEnded ?? 0) + 1 },
    auditLine({ at, actor: person.id, action: 'password.changed', person: person.id, client, facts: { because } }),
    ...notice(person, 'password_changed', {}, at),
  );
}
