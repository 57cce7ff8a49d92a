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
  const live = (person.devices ?? []).filter((other) => at < other.until);
  const line = { at, actor: person.id, action: 'device.trusted', person: person.id, key, facts: { device: id, until } };
  return {
    ...person,
    devices: [...live, browser].slice(-browsersKept),
    pending: [...person.pending, auditLine(line)],
  };
}

type Because = 'password' | 'keys' | 'disabled' | 'sign-out' | 'administrator';

/** The account without any. */
export function withoutTrustedBrowsers(person: Person, because: Because, at: number): Person {
  const { devices = [], ...rest } = person;
  if (devices.length === 0) return person;
  const facts = { because, devices: devices.length };
  const line = auditLine({ at, actor: 'system', action: 'device.revoked', person: person.id, facts });
  return { ...rest, pending: [...person.pending, line] };
}

/** The account without this one; unchanged where there is none such. */
export function withoutTrustedBrowser(person: Person, device: string, at: number): Person {
  const left = (person.devices ?? []).filter(({ id }) => id !== device);
  if (left.length === (person.devices?.length ?? 0)) return person;
  const facts = { because: 'person', devices: 1 };
  const line = auditLine({ at, actor: person.id, action: 'device.revoked', person: person.id, facts });
  return { ...person, devices: left, pending: [...person.pending, line] };
}

/** Removes trusted browsers after a write that changed the password, a working key or the account's state. */
export function settled(before: Person, after: Person): Person {
  if ((after.devices ?? []).length === 0) return after;
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
