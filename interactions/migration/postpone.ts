import type { Person } from '../../people/person.ts';
import type { House } from '../house.ts';
import type { Turn } from '../turn.ts';

/** Remembers on the person that leaving a kind of key was put off, once per sign-in, as soon as it is known who it was. */
export async function recordPostponement(house: House, person: Person, turn: Turn): Promise<Person> {
  const { postponed } = turn.steps;
  if (postponed.length === 0) return person;
  const changed = await house.people.change(person.id, (current) => {
    const postponements = { ...current.postponements };
    for (const factor of postponed) {
      const before = postponements[factor];
      postponements[factor] = { count: (before?.count ?? 0) + 1, lastAt: turn.now };
    }
    return { ...current, postponements };
  });
  return changed ?? person;
}
