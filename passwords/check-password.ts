/**
 * The password step of a sign-in: one answer in one time for known and unknown names, failures counted by account and by where they come from,
 * raised before the comparison, and by where they come from alone. A stranger slows himself, never the owner elsewhere; nothing here disables an
 * account.
 */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import { foldName } from '../accounts/unique-values.ts';
import type { GuessingNetworks } from './network-limits.ts';
import { countTry, ownMachine, sourceKept, sourceOf, waits, uncountTry, type Sources } from './source-limits.ts';
import type { Passwords } from './passwords.ts';
import { notice } from '../accounts/notices.ts';
import { addPending, type People } from '../accounts/person-store.ts';
import type { Person } from '../accounts/person.ts';

export type PasswordCheck =
  | { readonly kind: 'right'; readonly person: Person; readonly source: string }
  /** `person` (id) and `network` (keyed digest) where the account exists: for its audit record, never for the page. */
  | { readonly kind: 'wrong'; readonly person?: string; readonly network?: string }
  | { readonly kind: 'paused'; readonly until: number }
  | { readonly kind: 'disabled'; readonly person: Person };

export interface PasswordChecks {
  /** @param from network address of the browser (never a header that anybody may send) */
  check(given: {
    readonly username: string;
    readonly password: string;
    readonly from: string;
    readonly now: number;
  }): Promise<PasswordCheck>;
}

/** The person with these counts; the first time that somebody has to wait for this account, its owner is told. */
function withSources(person: Person, sources: Sources, now: number, limits: AttemptLimits): Person {
  const counted: Person = { ...person, passwordAttempts: sources };
  if (waits(person.passwordAttempts, limits) || !waits(counted.passwordAttempts, limits)) return counted;
  return addPending(counted, ...notice(person, 'password_attempts', {}, now));
}

export const unknownNames: CollectionSpec<{ readonly sources: Sources }> = { name: 'unknown-names' };

export function createPasswordChecks({
  people,
  passwords,
  storage,
  secretBox,
  networks,
  limits,
}: {
  readonly people: People;
  readonly passwords: Passwords;
  readonly storage: Storage;
  readonly secretBox: SecretBox;
  readonly networks: GuessingNetworks;
  readonly limits: AttemptLimits;
}): PasswordChecks {
  const unknown = storage.collection(unknownNames);
  // A password is never blocked for good: only the pause applies.
  const pauses: AttemptLimits = { ...limits, blockAfter: Infinity };

  const raiseUnknown = async (username: string, source: string, now: number): Promise<number | undefined> => {
    const id = secretBox.digest(foldName(username), 'unknown name');
    for (;;) {
      const stored = await unknown.get(id);
      const counted = countTry(stored?.value.sources ?? {}, source, now, pauses);
      if (!counted.ok) return counted.until;
      const value = { sources: counted.sources };
      const keep = { until: now + sourceKept };
      const version = stored
        ? await unknown.replace(id, value, stored.version, keep)
        : await unknown.insert(id, value, keep);
      if (version !== undefined) return undefined;
    }
  };

  const compare = async (
    { username, password, now }: Omit<Parameters<PasswordChecks['check']>[0], 'from'>,
    source: string,
  ): Promise<PasswordCheck> => {
    const known = await people.findByUsername(username);
    if (!known) {
      const until = await raiseUnknown(username, source, now);
      if (until !== undefined) return { kind: 'paused', until };
      await passwords.matches(undefined, password, now);
      return { kind: 'wrong' };
    }

    let until: number | undefined;
    const person = await people.change(known.id, (current) => {
      const counted = countTry(current.passwordAttempts, source, now, pauses);
      until = counted.ok ? undefined : counted.until;
      return counted.ok ? withSources(current, counted.sources, now, pauses) : undefined;
    });
    if (until !== undefined) return { kind: 'paused', until };
    if (!person) return { kind: 'wrong' };

    const { right, renewed } = await passwords.matches(person.password, password, now);
    if (!right) return { kind: 'wrong', person: person.id, network: source };
    if (person.disabled) return { kind: 'disabled', person };
    const uncounted = uncountTry(person.passwordAttempts, source);
    if (!renewed && !uncounted) return { kind: 'right', person, source };
    const kept = await people.change(person.id, (current) => ({
      ...current,
      passwordAttempts: uncountTry(current.passwordAttempts, source) ?? current.passwordAttempts,
      ...(renewed && current.password?.hash === person.password?.hash ? { password: renewed } : {}),
    }));
    return { kind: 'right', person: kept ?? person, source };
  };

  return {
    async check({ from, ...given }) {
      const source = sourceOf(from, secretBox);
      if (source === ownMachine) return compare(given, source);
      const entered = await networks.enter(source, given.now);
      if (!entered.ok) return { kind: 'paused', until: entered.until };
      let was: 'wrong' | 'no guess' = 'no guess';
      try {
        const checked = await compare(given, source);
        if (checked.kind === 'wrong') was = 'wrong';
        return checked;
      } finally {
        await entered.left(was);
      }
    },
  };
}
