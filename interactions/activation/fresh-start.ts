/**
 * The account as an activation looks at it: a fresh start. The desk has proved the person anew, so every key of before
 * is ended, also one that somebody else had bound, and raises no bar for the new one. Pure; the context of a sign-in
 * reads it, and the write that binds the new key writes it.
 */
import type { Person } from '../../accounts/person.ts';
import type { AskedAction } from '../../provider/asked-action.ts';
import type { ContextFacts } from '../context.ts';
import { removedByOwner } from '../../digital-keys/key-changes.ts';

export function freshStart(person: Person, now: number): Person {
  const { permit: _one, passwordPermit: _other, ...rest } = person;
  const ended = rest.keys
    .filter(({ status }) => status !== 'off')
    .reduce<Person>((changed, { id }) => removedByOwner(changed, id, now), rest);
  // A key that an administrator removed cannot be proved any more.
  const keys = ended.keys.map((key) =>
    key.offBecause === 'removed' || key.offBecause === 'purged' ? { ...key, settled: true as const } : key,
  );
  return { ...ended, keys };
}

/** The account as a sign-in looks at it: until an activation is done, as a fresh start. */
export const personFor = (
  { person, state, now }: Pick<ContextFacts, 'person' | 'state' | 'now'>,
  action: AskedAction | undefined,
): Person | undefined =>
  person && action?.kind === 'activate' && !state.activation?.done ? freshStart(person, now) : person;
