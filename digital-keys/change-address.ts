/**
 * Changes the account's e-mail address and the keys that depend on the mailbox, in one write: for a person who has
 * proved the new mailbox, or for an administrator who restores the old one within some days. Pure, except for the box
 * that seals keys.
 */
import { restorable } from '../accounts/former-addresses.ts';
import { maskAddress } from '../accounts/mail-address.ts';
import { auditLine, notice } from '../accounts/notices.ts';
import { addPending } from '../accounts/person-store.ts';
import type { Key, Person } from '../accounts/person.ts';
import { summaryOf } from './key-changes.ts';
import type { Registry } from '../factors/registry.ts';
import type { Sealing } from './seal-state.ts';

/** How long (ms) an address can be restored: seven days, so that a theft is noticed after a weekend and a holiday. */
export const restorableFor = 7 * 86_400_000;
/** The earliest addresses are kept, so that many changes do not push out the first one. */
const formerKept = 50;

export interface ChangeAddress {
  /**
  /**
   * The account with `address`, proved by its owner at `now` unless `proven` is false, and its mailbox keys moved
   * there; the former address can be restored for some days. If the account has the address already, it becomes proved,
   * and nobody is told.
   */
  change(person: Person, address: string, by: string, now: number, proven?: boolean): Person;
  /** The account with a former address again; `undefined` if it cannot be restored (any more). */
  restore(
    person: Person,
    address: string,
    by: { readonly actor: string; readonly reason: string },
    now: number,
  ): Person | undefined;
}

interface Parts {
  /** All installed factors, also those that are switched off. */
  readonly registry: Pick<Registry, 'get'>;
  readonly sealing: Sealing;
}

export function createChangeAddress(parts: Parts): ChangeAddress {
  /** The address, its keys, and the notices about the change. */
  const moved = (
    person: Person,
    to: { readonly address: string; readonly verifiedAt?: number },
    event: { readonly action: string; readonly actor: string; readonly facts?: Readonly<Record<string, unknown>> },
    now: number,
  ): Person => {
    const keys = person.keys.map((key) => movedKey(parts, person, key, to.address));
    const named = keys.filter((key, index) => key !== person.keys[index]).map(({ id }) => id);
    const facts = { ...event.facts, after: maskAddress(to.address), ...(named.length > 0 ? { keys: named } : {}) };
    return addPending(
      { ...person, keys, email: to },
      auditLine({ at: now, actor: event.actor, action: event.action, person: person.id, facts }),
    );
  };

  return {
    change(person, address, by, now, proven = true) {
      const before = person.email;
      if (before?.address === address) return proven ? { ...person, email: { address, verifiedAt: now } } : person;
      const until = now + restorableFor;
      const kept = before === undefined ? [] : [{ ...before, until }];
      const to = { address, ...(proven ? { verifiedAt: now } : {}) };
      const facts = proven ? {} : { proven };
      const { codes, ...changed } = moved(person, to, { action: 'email.changed', actor: by, facts }, now);
      const data = { newEmail: maskAddress(address) };
      return addPending(
        // Whose address another one sets has not answered a code for it.
        {
          ...changed,
          ...(proven && codes ? { codes } : {}),
          formerEmails: [...restorable(person, now), ...kept].slice(0, formerKept),
        },
        ...(before === undefined ? [] : notice(person, 'email_changed_old', { ...data, until }, now, before.address)),
        ...notice(person, 'email_changed_new', data, now, address),
      );
    },

    restore(person, address, { actor, reason }, now) {
      const wanted = restorable(person, now).find((former) => sameAddress(former.address, address));
      if (wanted === undefined || person.email?.address === wanted.address) return undefined;
      const { until: _over, ...email } = wanted;
      const before = person.email?.address;
      const back = moved(person, email, { action: 'email.restored', actor, facts: { reason } }, now);
      // A code that was sent for another address is void, and the address in use is no former address.
      const { codes: _void, ...rest } = back;
      const data = { newEmail: maskAddress(email.address) };
      return addPending(
        { ...rest, formerEmails: restorable(person, now).filter((former) => former !== wanted) },
        ...(before === undefined ? [] : notice(person, 'email_restored', data, now, before)),
        ...notice(person, 'email_restored', data, now, email.address),
      );
    },
  };
}

function movedKey({ registry, sealing }: Parts, person: Person, key: Key, address: string): Key {
  const factor = key.status === 'off' ? undefined : registry.get(key.factor);
  if (!factor?.onMailbox) return key;
  const secret = sealing.openKey(factor, person.id, key.id, key.sealed ?? '');
  if (secret === undefined) return key;
  const moved = factor.onMailbox.move(secret, address);
  // A code that was sent to the former mailbox is no longer valid.
  const { askedAt: _there, ...rest } = key;
  return { ...rest, sealed: sealing.sealKey(factor, person.id, key.id, moved), ...summaryOf(factor, moved) };
}

const sameAddress = (one: string, other: string): boolean => one.toLowerCase() === other.trim().toLowerCase();
