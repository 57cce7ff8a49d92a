/**
 * The rules of an activation by a mailed link and a paper code: when it counts, and what a code does to it. Pure. A
 * use case issues it; the pages of the activation read and write it.
 */
import { auditLine } from './notices.ts';
import type { Activation } from './activation-record.ts';
import type { PendingItem, Person } from './person.ts';

/** Wrong codes after which the activation is locked; a new letter begins a new one (SP 800-63B-4 §3.2.2, A-059). */
export const mostTries = 5;
/** So many earlier links say that they were replaced. */
const formerKept = 3;

export type ActivationFault = 'replaced' | 'used' | 'expired' | 'locked';

/** Why it opens nothing any more at this instant (ms); `undefined`: it may be used. */
export function activationFault(person: Person, id: string, now: number): ActivationFault | undefined {
  const { activation, email } = person;
  if (activation?.id !== id || email?.address !== activation.address) return 'replaced';
  if (activation.doneAt !== undefined) return 'used';
  if (now < activation.at || now >= activation.until) return 'expired';
  return activation.tries >= mostTries ? 'locked' : undefined;
}

export type ActivationStatus = 'issued' | 'opened' | 'activated' | 'expired' | 'locked' | 'void';

/** As lists show it; `void`: the account has another address by now. */
export function activationStatus(person: Person, now: number): ActivationStatus | undefined {
  const { activation } = person;
  if (!activation) return undefined;
  const fault = activationFault(person, activation.id, now);
  if (activation.doneAt !== undefined) return 'activated';
  if (fault === 'replaced') return 'void';
  if (fault === 'expired' || fault === 'locked') return fault;
  return activation.openedAt === undefined ? 'issued' : 'opened';
}

/** The account with this activation, which makes an earlier one void. */
export function withActivation(person: Person, given: Omit<Activation, 'tries' | 'former'>): Person {
  const { activation: before } = person;
  const former = before ? [...(before.former ?? []), { id: before.id, link: before.link }].slice(-formerKept) : [];
  return { ...person, activation: { ...given, tries: 0, ...(former.length === 0 ? {} : { former }) } };
}

/** The values by which an account is found for a link. */
export const activationIds = ({ activation }: Person): readonly string[] =>
  activation ? [activation.id, ...(activation.former ?? []).map(({ id }) => id)] : [];

/** Keyed digest of the secret that the link with this id must have. */
export const linkDigestOf = ({ activation }: Person, id: string): string | undefined =>
  activation?.id === id ? activation.link : activation?.former?.find((one) => one.id === id)?.link;

/** The link was proved by a person: for the first time it is noted, later the account stays as it is (`undefined`). */
export function withLinkOpened(person: Person, id: string, now: number): Person | undefined {
  const { activation } = person;
  if (!activation || activationFault(person, id, now) || activation.openedAt !== undefined) return undefined;
  const opened = { ...person, activation: { ...activation, openedAt: now } };
  return noted(opened, now, 'activation.opened', {});
}

export type CodeTried =
  | { readonly right: true; readonly account: Person }
  | { readonly right: false; readonly triesLeft: number; readonly account: Person }
  | { readonly right: false; readonly fault: ActivationFault | 'disabled' };

/**
 * Compares the paper code, and counts a wrong one, in one write. The right one also proves the mailbox that the link
 * was sent to.
 * @param isCode compares with the keyed digest, in constant time
 */
export function tryCode(person: Person, id: string, isCode: (digest: string) => boolean, now: number): CodeTried {
  const { activation, email } = person;
  if (person.disabled) return { right: false, fault: 'disabled' };
  const fault = activationFault(person, id, now);
  if (!activation || !email || fault) return { right: false, fault: fault ?? 'replaced' };
  if (activation.code !== undefined && isCode(activation.code)) {
    const account = {
      ...person,
      email: { ...email, verifiedAt: email.verifiedAt ?? now },
      activation: { ...activation, codeAt: activation.codeAt ?? now },
    };
    return { right: true, account };
  }
  const tries = activation.tries + 1;
  const counted = { ...person, activation: { ...activation, tries } };
  const refused = noted(counted, now, 'activation.refused', { tries });
  const triesLeft = mostTries - tries;
  return {
    right: false,
    triesLeft,
    account: triesLeft > 0 ? refused : noted(refused, now, 'activation.locked', { tries }),
  };
}

/** The account with its activation used; `undefined`: it may not be used (any more). Its code is forgotten. */
export function withActivationDone(person: Person, id: string, now: number): Person | undefined {
  const { activation } = person;
  if (!activation || person.disabled || activation.codeAt === undefined || activationFault(person, id, now))
    return undefined;
  const { code: _used, ...rest } = activation;
  return noted({ ...person, activation: { ...rest, doneAt: now } }, now, 'activation.done', {});
}

function noted(
  person: Person,
  at: number,
  action: 'activation.opened' | 'activation.refused' | 'activation.locked' | 'activation.done',
  facts: Readonly<Record<string, unknown>>,
): Person {
  const line: PendingItem = auditLine({
    at,
    actor: person.id,
    action,
    person: person.id,
    facts: { ...facts, activation: person.activation?.id },
  });
  return { ...person, pending: [...person.pending, line] };
}
