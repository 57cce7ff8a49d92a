/**
 * The shape of an account: all that a decision about dates depends on, without anything that identifies the person. Two
 * facts are left out, because they would make too many shapes or depend on the configuration: permits and shared
 * mailboxes (`admin/use-cases/population.ts`). The accounts are indexed by shape, so that the pre-flight judges a
 * million people by some hundred shapes. `person-store.ts` keeps the index.
 */
import type { Strength } from '../factors/contract.ts';
import type { PersonalDates } from '../factors/policy/types.ts';
import type { Key, Person } from './person.ts';

/** The facts of a key that a decision reads. */
type KeyShape = readonly [
  factor: string,
  status: Key['status'],
  strength: Strength | '',
  offBecause: string,
  settled: 0 | 1,
];

type Instant = number | null;

interface Shape {
  readonly disabled: 0 | 1;
  readonly password: 0 | 1;
  /** Whether there is an address, and whether it was proved. */
  readonly mail: 'none' | 'unproven' | 'proven';
  readonly keys: readonly KeyShape[];
  readonly groups: readonly string[];
  /** Instants (ms) of this person alone; null: none. */
  readonly dates: readonly (readonly [factor: string, extendedTo: Instant, announceAt: Instant, sunsetAt: Instant])[];
}

/**
 * Two accounts of one shape get the same decision at every relying party and every instant, except with a permit or a
 * shared mailbox.
 */
export function shapeOf(person: Person): string {
  const shape: Shape = {
    disabled: person.disabled ? 1 : 0,
    password: person.password === undefined ? 0 : 1,
    mail: person.email === undefined ? 'none' : person.email.verifiedAt === undefined ? 'unproven' : 'proven',
    keys: distinct(person.keys.filter(matters).map(keyShape)),
    groups: person.groups.length < 2 ? person.groups : [...new Set(person.groups)].toSorted(),
    dates: Object.entries(person.dates ?? {})
      .map(
        ([factor, { extendedTo = null, announceAt = null, sunsetAt = null }]) =>
          [factor, extendedTo, announceAt, sunsetAt] as const,
      )
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
  return JSON.stringify(shape);
}

/**
 * Keys that were replaced or issued again are history; a removed or purged one may still raise the bar for new keys.
 */
const matters = ({ status, offBecause }: Key): boolean =>
  status !== 'off' || offBecause === 'removed' || offBecause === 'purged';

const keyShape = ({ factor, status, strength, offBecause, settled }: Key): KeyShape => [
  factor,
  status,
  strength ?? '',
  offBecause ?? '',
  settled ? 1 : 0,
];

/** Two equal keys give no more than one. */
function distinct(keys: readonly KeyShape[]): readonly KeyShape[] {
  if (keys.length < 2) return keys;
  const byText = new Map(keys.map((key) => [JSON.stringify(key), key]));
  return [...byText].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

/** An invented account of this shape: for the decider alone, never written. */
export function personOfShape(text: string): Person {
  const shape = JSON.parse(text) as Shape;
  const address = 'somebody@example.org';
  return {
    id: 'shape',
    username: 'shape',
    language: 'en',
    ...(shape.mail === 'none' ? {} : { email: shape.mail === 'proven' ? { address, verifiedAt: 0 } : { address } }),
    groups: shape.groups,
    disabled: shape.disabled === 1,
    createdAt: 0,
    ...(shape.password === 1 ? { password: { hash: '', peppered: true, setAt: 0 } } : {}),
    passwordAttempts: {},
    otherAttempts: {},
    keys: shape.keys.map(([factor, status, strength, offBecause, settled], at) => ({
      id: `key-${at}`,
      factor,
      status,
      ...(strength === '' ? {} : { strength }),
      ...(offBecause === '' ? {} : { offBecause: offBecause as NonNullable<Key['offBecause']> }),
      ...(settled === 1 ? { settled: true as const } : {}),
      detail: '',
      boundAt: 0,
      source: 'imported' as const,
      attempts: { count: 0, lastAt: 0 },
    })),
    ...(shape.dates.length === 0 ? {} : { dates: Object.fromEntries(shape.dates.map(datesOf)) }),
    postponements: {},
    sendings: [],
    pending: [],
  };
}

function datesOf([factor, extendedTo, announceAt, sunsetAt]: Shape['dates'][number]): readonly [string, PersonalDates] {
  const given = Object.entries({ extendedTo, announceAt, sunsetAt }).filter(([, instant]) => instant !== null);
  return [factor, Object.fromEntries(given)];
}
