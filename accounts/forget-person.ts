/**
 * The last step of the removal of an account, once what it had pending is delivered: its names and devices are free
 * again, and the document goes. Done again after an interruption it goes on. Called by the relay through
 * `person-store.ts`.
 */
import type { Collection, Version } from '../adapters/storage/port.ts';
import type { StoredPerson } from './account-mac.ts';
import type { Person } from './person.ts';
import type { UniqueValues } from './unique-values.ts';

interface Parts {
  readonly people: Pick<Collection<StoredPerson>, 'remove'>;
  readonly values: Pick<UniqueValues, 'release'>;
}

/** Whether it is gone. @param delivered what may still stand in `pending` */
export async function forgetPerson(
  { people, values }: Parts,
  { person, version }: { readonly person: Person; readonly version: Version },
  delivered: ReadonlySet<string>,
): Promise<boolean> {
  const { id, username, keys, pending, removedAt } = person;
  if (removedAt === undefined || pending.some((item) => !delivered.has(item.id))) return false;
  await values.release('username', username, id);
  for (const { unique } of keys) if (unique !== undefined) await values.release('device', unique, id);
  return people.remove(id, version);
}

/**
 * What is left of an account from the moment of its removal: no secret, no name of the person but the one that is still
 * to be freed.
 */
export function removedPerson(person: Person, now: number): Person {
  const { id, username, language, createdAt, keys, pending, sessionsEnded = 0 } = person;
  return {
    id,
    username,
    language,
    groups: [],
    disabled: true,
    removedAt: now,
    createdAt,
    passwordAttempts: {},
    otherAttempts: {},
    keys: keys.flatMap(({ id: key, factor, unique, boundAt, source }) =>
      unique === undefined
        ? []
        : [
            {
              id: key,
              factor,
              unique,
              boundAt,
              source,
              detail: '',
              status: 'off',
              offAt: now,
              offBecause: 'removed',
              settled: true,
              attempts: { count: 0, lastAt: 0 },
            },
          ],
    ),
    sessionsEnded: sessionsEnded + 1,
    postponements: {},
    sendings: [],
    // Messages would go to an address that is not ours to use any more.
    pending: pending.filter(({ kind }) => kind !== 'message'),
  };
}
