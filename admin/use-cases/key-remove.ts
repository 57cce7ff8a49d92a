/**
 * Switches one key of a person off, as its owner could: the others stay. The last key that signs in is removed only
 * with an explicit option. Its strength remains the bar for a new key: neither a password alone nor the mailbox is
 * enough, until `key allow`.
 */
import type { Services } from '../services.ts';
import type { Key, Person } from '../../accounts/person.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import { changeAccount, type WriteParts } from './account-write.ts';
import { findPerson, listKey, type KeyListing } from './person-show.ts';
import { signsInNow, type SignsInParts } from './signs-in.ts';

export interface RemoveKeyRequest {
  /** User name or id. */
  readonly person: string;
  /** Its id, or the person's own name for it. */
  readonly key: string;
  readonly by: string;
  readonly evenLast?: boolean;
}

export interface RemovedKey {
  readonly person: string;
  readonly username: string;
  /** As it was. */
  readonly key: KeyListing;
  /** It was the last one that signs in: the person needs `key allow` now. */
  readonly mustAllow: boolean;
}

type Parts = WriteParts & Pick<Services, 'enrolments'> & SignsInParts;

export async function removeKey(
  services: Parts,
  { person: who, key, by, evenLast = false }: RemoveKeyRequest,
): Promise<Outcome<RemovedKey>> {
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const { id, username } = found.value;
  const meant = keysCalled(found.value, key);
  const [one, ...more] = meant;
  if (!one) return refuse('key_unknown', `${username} has no key ${key}: \`rekey key list ${username}\` shows them.`);
  if (more.length > 0)
    return refuse(
      'key_unknown',
      `${username} has ${meant.length} keys called ${key}: give the id (${meant.map((each) => each.id).join(', ')}).`,
    );
  const now = services.clock.now();
  const schedules = await services.schedules.current();
  const signsIn = signsInNow(services, schedules, found.value, now);
  const updated = await changeAccount(services, id, (person) => {
    const removed = services.enrolments.remove(person, one.id, { by, now, signsIn, evenLast });
    return removed.ok ? { account: removed.person, result: undefined } : { result: removed.why };
  });
  if (!updated.ok) return updated;
  const written = updated.value?.account;
  if (written)
    return done({
      person: id,
      username,
      key: listKey(one),
      mustAllow: !written.keys.some(signsIn),
    });
  return updated.value?.result === 'last'
    ? refuse(
        'key_last',
        `It is the last key with which ${username} signs in. Remove it with --even-last, where it was lost or stolen.`,
      )
    : refuse('key_unknown', `${username} has no key ${key} any more.`);
}

function keysCalled(person: Person, called: string): readonly Key[] {
  const held = person.keys.filter(({ status }) => status !== 'off');
  const byId = held.filter(({ id }) => id === called);
  return byId.length > 0 ? byId : held.filter(({ label }) => label === called);
}
