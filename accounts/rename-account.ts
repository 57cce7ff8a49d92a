/** Gives an account another user name, which no other account has. Called by `person-store.ts`. */
import type { Person } from './person.ts';
import { foldName, type UniqueValues } from './unique-values.ts';

interface Parts {
  readonly values: UniqueValues;
  /** Whether that account has the name now. */
  readonly hasName: (id: string, username: string) => Promise<boolean>;
  /** Writes by compare-and-swap; resolves to the account as written. */
  readonly change: (id: string, by: (person: Person) => Person | undefined) => Promise<Person | undefined>;
}

export type Renamed =
  { readonly ok: true; readonly person: Person } | { readonly ok: false; readonly why: 'taken' | 'refused' };

/** @param may judges the account as it is at the write */
export async function renameAccount(
  { values, hasName, change }: Parts,
  id: string,
  username: string,
  may: (person: Person) => boolean,
): Promise<Renamed> {
  const taken = await values.take('username', username, id, (owner) => hasName(owner, username));
  if (!taken) return { ok: false, why: 'taken' };
  let before: string | undefined;
  const written = await change(id, (person) => {
    before = person.username;
    return may(person) ? { ...person, username } : undefined;
  });
  if (!written || before === undefined) {
    if (!(await hasName(id, username))) await values.release('username', username, id);
    return { ok: false, why: 'refused' };
  }
  const former = before;
  const isSame = foldName(former) === foldName(username);
  if (!isSame && !(await taken.keep())) {
    // Another account was faster, since until the write the name looked free.
    await change(id, (person) => (person.username === username ? { ...person, username: former } : undefined));
    return { ok: false, why: 'taken' };
  }
  if (!isSame) await values.release('username', former, id);
  return { ok: true, person: written };
}
