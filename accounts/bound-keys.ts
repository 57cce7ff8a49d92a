/** Keys by the number of the device that they are bound to (`Key.unique`). Used by `person-store.ts`. */
import type { Key, Person } from './person.ts';

/** The key that is bound under this number of a device, and works or is blocked. */
export const boundUnder = (person: Person, unique: string): Key | undefined =>
  person.keys.find((key) => key.unique === unique && key.status !== 'off');

/**
 * The account without the key that was just bound; keys that it put off, and a permit that it used up, as they were
 * before.
 */
export const withoutBound = (person: Person, unique: string, before: Person): Person => ({
  ...person,
  ...(before.permit && person.permit === undefined ? { permit: before.permit } : {}),
  keys: person.keys
    .filter((key) => key.unique !== unique)
    .map((key) => {
      const was = before.keys.find(({ id }) => id === key.id);
      // What was deleted for good between the two writes does not come back.
      if (!was || key.status !== 'off' || key.offBecause === 'purged') return key;
      return was.status === 'active' || was.settled !== key.settled ? was : key;
    }),
});
