/**
 * People in numbers, of a hundred shapes and more: for what is asked of all accounts. They are whole documents with
 * their MAC, written straight into the collection in big batches; their names are not taken (`unique-values.ts`), so
 * none of them signs in.
 */
import { createAccountMac, type StoredPerson } from '../accounts/account-mac.ts';
import type { Key, Person } from '../accounts/person.ts';
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { Services } from '../admin/services.ts';
import { noAttempts } from '../passwords/attempt-limits.ts';
import { password } from './many-people.ts';

type PeopleCollection = Collection<StoredPerson>;

/** Keeps hold of each collection that the product declares, by its name. */
export function watchCollections(storage: Storage, found: Map<string, Collection<never>>): Storage {
  return new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'collection') return typeof value === 'function' ? value.bind(target) : value;
      return (spec: CollectionSpec<never>) => {
        const collection = target.collection(spec);
        found.set(spec.name, collection);
        return collection;
      };
    },
  });
}

const atOnce = 5_000;
const kinds = ['authenticator-app', 'email-otp', 'token-card'] as const;
const groups = ['staff', 'students', 'partners', 'board', 'alumni', 'desk'] as const;

/** Adds as many; how long it took (ms). */
export async function addShapes(
  { secretBox, passwords, clock, sealing, toolsFor, registry }: Services,
  people: PeopleCollection,
  count: number,
): Promise<number> {
  const begun = performance.now();
  const macs = createAccountMac(secretBox);
  const now = clock.now();
  const hashed = await passwords.make(password, now);
  const factor = registry.get('authenticator-app');
  const loaded =
    factor && (await factor.transfer?.load(toolsFor(factor), { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }));
  const sealed = factor && loaded?.ok ? sealing.sealKey(factor, 'filled', 'key', loaded.value) : '';
  for (let made = 0; made < count; made += atOnce)
    await Promise.all(
      Array.from({ length: Math.min(atOnce, count - made) }, (_, index) => {
        const person = personNumber(made + index, { hashed, sealed, now });
        return people.insert(person.id, macs.seal(person));
      }),
    );
  return performance.now() - begun;
}

interface Same {
  readonly hashed: NonNullable<Person['password']>;
  readonly sealed: string;
  readonly now: number;
}

/** Keys, groups, mailbox and what is disabled go round by different counts: 8 × 7 × 2 shapes and a few more. */
function personNumber(number: number, { hashed, sealed, now }: Same): Person {
  const held = kinds.filter((_, bit) => (number >> bit) & 1);
  const group = groups[Math.floor(number / 8) % (groups.length + 1)];
  const address = `filled-${number}@example.org`;
  return {
    id: `filled-${String(number).padStart(8, '0')}`,
    username: `filled-${number}`,
    language: 'nl',
    email: Math.floor(number / 56) % 2 === 0 ? { address, verifiedAt: now } : { address },
    groups: group === undefined ? [] : [group],
    disabled: number % 1_009 === 0,
    createdAt: now,
    password: hashed,
    passwordAttempts: {},
    otherAttempts: {},
    keys: held.map((factor): Key => ({
      id: `${factor}-${number}`,
      factor,
      sealed,
      detail: '',
      status: 'active',
      strength: factor === 'email-otp' ? 'low' : 'substantial',
      boundAt: now,
      source: 'imported',
      attempts: noAttempts,
    })),
    postponements: {},
    sendings: [],
    pending: [],
  };
}
