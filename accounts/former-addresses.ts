/**
 * Former addresses of an account: for some days after a change of address they can be put back, and mails about
 * changes of the account go there too. Pure; `on-write.ts` calls it for every write, so that no caller can forget it.
 */
import { newPendingId } from './pending-id.ts';
import type { FormerEmail, PendingItem, Person } from './person.ts';

/** Former addresses that can be restored now (ms). */
export const restorable = ({ formerEmails = [] }: Pick<Person, 'formerEmails'>, now: number): readonly FormerEmail[] =>
  formerEmails.filter(({ until }) => now < until);

/** Mails about a change that the owner wants to know of, wherever the address leads to by now. */
const copied: ReadonlySet<string> = new Set(['key_on', 'key_off', 'key_issued', 'password_changed']);
/** The earliest ones, of which the first was there before any change. */
const mostCopies = 3;

/** The account with a copy of each new mail about a change for its former addresses. */
export function withCopies(before: Person, after: Person): Person {
  const { email, formerEmails } = after;
  if (email === undefined || formerEmails === undefined) return after;
  const known = new Set(before.pending.map(({ id }) => id));
  const copies = after.pending.flatMap((item) => {
    if (known.has(item.id) || item.kind !== 'message') return [];
    const { message } = item;
    if (message.source !== 'core' || !copied.has(message.template) || message.to !== email.address) return [];
    return addressesOf(after, message.queuedAt).map((to): PendingItem => ({
      kind: 'message',
      id: newPendingId(),
      message: { ...message, to },
    }));
  });
  return copies.length === 0 ? after : { ...after, pending: [...after.pending, ...copies] };
}

function addressesOf(person: Person, now: number): readonly string[] {
  const present = person.email?.address.toLowerCase();
  const byAddress = new Map(restorable(person, now).map(({ address }) => [address.toLowerCase(), address] as const));
  return [...byAddress].flatMap(([folded, address]) => (folded === present ? [] : [address])).slice(0, mostCopies);
}
