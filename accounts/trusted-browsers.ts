/**
 * Trusted devices are added and removed here. A change of a password or a key ends them: `person-store.ts` asks on every write, so that no caller can forget it.
 */
import { auditLine, pendingSince } from './notices.ts';
import type { Person, TrustedDevice } from './person.ts';

/** The oldest ones make way. */
const devicesKept = 10;

/** The person with this device, in whose name it is asked no more for a while. */
export function withDevice(person: Person, device: TrustedDevice): Person {
  const { grantedAt: at, key, id, until } = device;
  const live = (person.devices ?? []).filter((other) => at < other.until);
  const line = { at, actor: person.id, action: 'device.trusted', person: person.id, key, facts: { device: id, until } };
  return {
    ...person,
    devices: [...live, device].slice(-devicesKept),
    pending: [...person.pending, auditLine(line)],
  };
}

type Because = 'password' | 'keys' | 'disabled' | 'sign-out' | 'administrator';

/** The person without any. */
export function withoutDevices(person: Person, because: Because, at: number): Person {
  const { devices = [], ...rest } = person;
  if (devices.length === 0) return person;
  const facts = { because, devices: devices.length };
  const line = auditLine({ at, actor: 'system', action: 'device.revoked', person: person.id, facts });
  return { ...rest, pending: [...person.pending, line] };
}

/** What a write makes of the devices: gone with the password, with any change of the keys that work, and with the account. */
export function settled(before: Person, after: Person): Person {
  if ((after.devices ?? []).length === 0) return after;
  const because = changed(before, after);
  return because === undefined ? after : withoutDevices(after, because, instantOf(after));
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

/** The instant of the change stands in what it changed. */
export function instantOf({ pending, password, keys, createdAt }: Person): number {
  const instants = [
    createdAt,
    password?.setAt,
    ...pending.map(pendingSince),
    ...keys.flatMap(({ boundAt, offAt, attempts }) => [boundAt, offAt, attempts.lastAt]),
  ];
  return Math.max(...instants.filter((instant) => instant !== undefined));
}
