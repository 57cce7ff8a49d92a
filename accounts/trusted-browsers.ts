/**
 * Adds and removes trusted browsers. A change of a password or a key ends them: `person-store.ts` calls it for every
 * write, so that no caller can forget it.
 */
import { auditLine, pendingSince } from './notices.ts';
import type { Person, TrustedBrowser } from './person.ts';

/** The oldest ones are removed. */
const browsersKept = 10;

/** The account with this trusted browser. */
export function withTrustedBrowser(person: Person, browser: TrustedBrowser): Person {
  const { grantedAt: at, key, id, until } = browser;
  const live = (person.trustedBrowsers ?? []).filter((other) => at < other.until);
  const line = {
    at,
    actor: person.id,
    action: 'browser.trusted',
    person: person.id,
    key,
    facts: { browser: id, until },
  };
  return {
    ...person,
    trustedBrowsers: [...live, browser].slice(-browsersKept),
    pending: [...person.pending, auditLine(line)],
  };
}

type Because = 'password' | 'keys' | 'disabled' | 'sign-out' | 'administrator';

/** The account without any. */
export function withoutTrustedBrowsers(person: Person, because: Because, at: number): Person {
  const { trustedBrowsers = [], ...rest } = person;
  if (trustedBrowsers.length === 0) return person;
  const facts = { because, browsers: trustedBrowsers.length };
  const line = auditLine({ at, actor: 'system', action: 'browser.revoked', person: person.id, facts });
  return { ...rest, pending: [...person.pending, line] };
}

/** The account without this one; unchanged where there is none such. */
export function withoutTrustedBrowser(person: Person, browser: string, at: number): Person {
  const left = (person.trustedBrowsers ?? []).filter(({ id }) => id !== browser);
  if (left.length === (person.trustedBrowsers?.length ?? 0)) return person;
  const facts = { because: 'person', browsers: 1 };
  const line = auditLine({ at, actor: person.id, action: 'browser.revoked', person: person.id, facts });
  return { ...person, trustedBrowsers: left, pending: [...person.pending, line] };
}

/** Removes trusted browsers after a write that changed the password, a working key or the account's state. */
export function settled(before: Person, after: Person): Person {
  if ((after.trustedBrowsers ?? []).length === 0) return after;
  const because = changed(before, after);
  return because === undefined ? after : withoutTrustedBrowsers(after, because, instantOf(after));
}

function changed(before: Person, after: Person): Because | undefined {
  if (after.disabled) return 'disabled';
  if (before.password?.hash !== after.password?.hash) return 'password';
  return working(before) === working(after) ? undefined : 'keys';
}

const working = ({ keys }: Person): string =>
  keys
    .filter(({ status }) => status === 'active')
    .map(({ id }) => id)
    .toSorted()
    .join(' ');

/** Another field of the same write has the instant of the change. */
export function instantOf({ pending, password, keys, createdAt }: Person): number {
  const instants = [
    createdAt,
    password?.setAt,
    ...pending.map(pendingSince),
    ...keys.flatMap(({ boundAt, offAt, attempts }) => [boundAt, offAt, attempts.lastAt]),
  ];
  return Math.max(...instants.filter((instant) => instant !== undefined));
}
