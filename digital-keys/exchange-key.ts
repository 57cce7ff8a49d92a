/**
 * The rule "old key off, new key on, in one write". Pure: returns the new account for `people.update`. Called where a
 * person activates a key.
 */
import { defined } from '../accounts/defined.ts';
import type { Updated } from '../accounts/person-store.ts';
import type { Person } from '../accounts/person.ts';
import { otherSettled, purposeOf } from './attempt-counter.ts';
import type { Strength } from '../factors/contract.ts';
import type { Proven } from './enrol-key.ts';
import { hasRoom } from './key-room.ts';
import type { KeyChanges } from './key-changes.ts';
import { permitUsed } from './permits.ts';
import { withoutUnfinished } from './unfinished-enrolments.ts';

export interface KeyExchange {
  /** The new key, as it was proved. A key with a `unique` must be written by `people.updateWithUnique`. */
  readonly proven: Pick<Proven, 'factor' | 'secret' | 'assurance' | 'unique' | 'audit'>;
  /** The person's own name for it; kept where a person may have several keys of the factor. */
  readonly label?: string | undefined;
  /** Id of the key that it replaces; absent: it is a further key. */
  readonly replaces?: string | undefined;
  /** The relying party of the sign-in. */
  readonly client?: string | undefined;
  /** The bar that it carries on for that key. */
  readonly carries?: Strength | undefined;
}

/**
 * The old key off, the new one on, their audit events and mails, the tries of the enrolment cleared, and a permit used
 * up; `result` is the id of the new key. Nothing (no `account`) if the account is disabled, the old key no longer
 * works, or the person already has an active key of a factor that permits one, or as many as there may be.
 * @param now ms
 */
export function exchangeKey(
  { bind }: Pick<KeyChanges, 'bind'>,
  account: Person,
  { proven, label, replaces, carries, client }: KeyExchange,
  now: number,
): Updated<string | undefined> {
  const { factor, secret, assurance, unique, audit } = proven;
  const { many, fallback } = factor.traits;
  const active = account.keys.filter(({ status }) => status === 'active');
  const isSecond =
    !many &&
    !(fallback && replaces === undefined) &&
    active.some((key) => key.factor === factor.id && key.id !== replaces);
  const isOldGone = replaces !== undefined && !active.some(({ id }) => id === replaces);
  const isFull = !hasRoom(account.keys, factor.id, replaces);
  if (account.disabled || isSecond || isFull || isOldGone) return { result: undefined };
  const binding = {
    factor,
    secret,
    source: 'enrolled',
    by: account.id,
    facts: audit,
    strength: assurance.strength,
    carries,
    ...defined({ replaces, unique, client, label: many ? label : undefined }),
  } as const;
  const { person, key } = bind(account, binding, now);
  const settled = withoutUnfinished(otherSettled(person, purposeOf(factor.id)), factor.id);
  return { account: permitUsed(settled, key.id, now), result: key.id };
}
