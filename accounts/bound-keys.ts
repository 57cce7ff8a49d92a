/** Keys by the number of the device that they are bound to (`Key.unique`). Used by `person-store.ts`. */
import type { Key, Person } from './person.ts';

/** The key that is bound under this number of a device, and works or is blocked. */
export const boundUnder = (person: Person, unique: string): Key | undefined =>
  person.keys.find((key) => key.unique === unique && key.status !== 'off');

/** The keys without the one that was just bound, and those that it put off as they were before. */
export const withoutBound = (person: Person, unique: string, before: readonly Key[]): readonly Key[] =>
  person.keys
    .filter((key) => key.unique !== unique)
    .map((key) => {
      const was = before.find(({ id }) => id === key.id);
      return was && key.status === 'off' && (was.status === 'active' || was.settled !== key.settled) ? was : key;
    });
