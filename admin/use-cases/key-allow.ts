/**
 * Permits a person to activate one key without a proof as strong as the strongest key that the account ever had: for a
 * key that is lost, blocked or ended. The permit allows nothing but one activation, with the password and a weaker
 * proof (a weaker key, or a code to the mailbox), within some hours.
 */
import { randomUUID } from 'node:crypto';
import { countsForBar } from '../../factors/policy/binding-bar.ts';
import { hasPermit, withoutPermit, withPermit } from '../../digital-keys/permits.ts';
import type { Key, Person } from '../../accounts/person.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import { changeAccount, type WriteParts } from './account-write.ts';
import { findPerson, listKey, type KeyListing } from './person-show.ts';

export interface AllowKeyRequest {
  /** User name or id. */
  readonly person: string;
  readonly by: string;
  /** Stored in the audit log: how the person was identified. */
  readonly reason: string;
  /** How long it may be used. */
  readonly hours: number;
}

export interface AllowedKey {
  readonly person: string;
  readonly username: string;
  /** ISO 8601. */
  readonly until: string;
  /** Keys that still work: a lost key must be removed, otherwise it is asked first. */
  readonly working: readonly KeyListing[];
}

export async function allowKey(
  services: WriteParts,
  { person: who, by, reason, hours }: AllowKeyRequest,
): Promise<Outcome<AllowedKey>> {
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const { id, username } = found.value;
  const at = services.clock.now();
  const permit = { id: randomUUID(), at, until: at + hours * 3_600_000, by };
  const changed = await changeAccount(services, id, (person) => {
    if (person.disabled) return { result: 'disabled' };
    if (!person.keys.some(countsForBar)) return { result: 'unneeded' };
    return { account: withPermit(person, permit, reason), result: 'given' };
  });
  if (!changed.ok) return changed;
  const updated = changed.value;
  const written = updated?.account;
  if (updated?.result === 'unneeded')
    return refuse(
      'permit_unneeded',
      `${username} has never had a key that must be proved first: the password and a code to the mailbox lead to one.`,
    );
  if (!written) return refuse('person_disabled', `The account of ${username} is gone or disabled.`);
  return done({
    person: id,
    username,
    until: new Date(permit.until).toISOString(),
    working: written.keys.filter(isWorking).map((key) => listKey(key)),
  });
}

const isWorking = ({ status }: Key): boolean => status === 'active';

export async function withdrawPermit(
  services: WriteParts,
  { person: who, by }: Pick<AllowKeyRequest, 'person' | 'by'>,
): Promise<Outcome<{ readonly person: string; readonly username: string }>> {
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const { id, username } = found.value;
  const now = services.clock.now();
  const live = (person: Person): boolean => hasPermit(person, now);
  const changed = await changeAccount(services, id, (person) => ({
    account: live(person) ? withoutPermit(person, by, now) : undefined,
    result: undefined,
  }));
  if (!changed.ok) return changed;
  return changed.value?.account
    ? done({ person: id, username })
    : refuse('permit_missing', `Nothing is allowed to ${username} at the moment.`);
}
