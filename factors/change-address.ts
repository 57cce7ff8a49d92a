/**
 * The account's address becomes another one, with the keys that stand on the mailbox, in one write: by the person who has proved it, or put back by an
 * administrator within some days. Pure, but for the box that keys are sealed in.
 */
import { maskAddress } from '../accounts/mail-address.ts';
import { auditLine, notice } from '../accounts/notices.ts';
import { addPending } from '../accounts/person-store.ts';
import type { FormerEmail, Key, Person } from '../accounts/person.ts';
import { summaryOf } from './key-changes.ts';
import type { Registry } from './registry.ts';
import type { Sealing } from './seal-state.ts';

/** How long an address may be put back (ms): seven days, so that a weekend and a holiday do not hide a theft. */
export const restorableFor = 7 * 86_400_000;
/** The earliest ones are kept: who changes it often pushes the first one out of nothing. */
const formerKept = 50;

export interface ChangeAddress {
  /**
   * The person with `address`, proven at `now`, and its keys on the mailbox moved there; the one before can be put back for some days. Who has it
   * already gets it proven, and nobody is told.
   */
  change(person: Person, address: string, by: string, now: number): Person;
  /** The person with a former address again; `undefined` where it may not be put back (any more). */
  restore(
    person: Person,
    address: string,
    by: { readonly actor: string; readonly reason: string },
    now: number,
  ): Person | undefined;
}

/** Former addresses that may be put back now. */
export const restorable = ({ formerEmails = [] }: Person, now: number): readonly FormerEmail[] =>
  formerEmails.filter(({ until }) => now < until);

export function createChangeAddress({
  registry,
  sealing,
}: {
  /** All that are installed, those that are switched off too. */
  readonly registry: Pick<Registry, 'get'>;
  readonly sealing: Sealing;
}): ChangeAddress {
  const movedKey = (person: Person, key: Key, address: string): Key => {
    const factor = key.status === 'off' ? undefined : registry.get(key.factor);
    if (!factor?.onMailbox) return key;
    const secret = sealing.openKey(factor, person.id, key.id, key.sealed ?? '');
    if (secret === undefined) return key;
    const moved = factor.onMailbox.move(secret, address);
    // A code that went to the mailbox of before answers nothing any more.
    const { askedAt: _there, ...rest } = key;
    return { ...rest, sealed: sealing.sealKey(person.id, key.id, moved), ...summaryOf(factor, moved) };
  };

  /** The address and the keys on it, and what tells of it. */
  const moved = (
    person: Person,
    to: { readonly address: string; readonly verifiedAt?: number },
    event: { readonly action: string; readonly actor: string; readonly facts?: Readonly<Record<string, unknown>> },
    now: number,
  ): Person => {
    const keys = person.keys.map((key) => movedKey(person, key, to.address));
    const named = keys.filter((key, index) => key !== person.keys[index]).map(({ id }) => id);
    const facts = { ...event.facts, after: maskAddress(to.address), ...(named.length > 0 ? { keys: named } : {}) };
    return addPending(
      { ...person, keys, email: to },
      auditLine({ at: now, actor: event.actor, action: event.action, person: person.id, facts }),
    );
  };

  return {
    change(person, address, by, now) {
      const before = person.email;
      if (before?.address === address) return { ...person, email: { address, verifiedAt: now } };
      const until = now + restorableFor;
      const kept = before === undefined ? [] : [{ ...before, until }];
      const changed = moved(person, { address, verifiedAt: now }, { action: 'email.changed', actor: by }, now);
      const data = { newEmail: maskAddress(address) };
      return addPending(
        { ...changed, formerEmails: [...restorable(person, now), ...kept].slice(0, formerKept) },
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
      // A code that was sent for another address is void, and the one that was put there is no address to go back to.
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

const sameAddress = (one: string, other: string): boolean => one.toLowerCase() === other.trim().toLowerCase();
