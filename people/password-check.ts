/**
 * The password step of a sign-in: one answer in one time for known and unknown names, failures counted by account and by where they come from,
 * raised before the comparison. A stranger slows himself, never the owner elsewhere; nothing here disables an account.
 */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { mayTry, noAttempts, raised, type AttemptLimits } from '../factors/attempts.ts';
import { foldName } from './claims.ts';
import type { Passwords } from './passwords.ts';
import { newOwedId, owe, type People } from './people.ts';
import type { Attempts, Person } from './person.ts';

export type PasswordCheck =
  | { readonly kind: 'right'; readonly person: Person; readonly source: string }
  | { readonly kind: 'wrong' }
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

type Sources = Readonly<Record<string, Attempts>>;

const sourcesKept = 24;
/** Failures of a name that nobody has are forgotten after this (ms), as those of a pause are. */
const unknownKept = 3_600_000;

/** Raises the count of one source; when there are too many, the longest quiet one is forgotten. */
export function raisedSource(sources: Sources, source: string, now: number): Sources {
  const next = { ...sources, [source]: raised(sources[source] ?? noAttempts, now) };
  const entries = Object.entries(next).toSorted(([, a], [, b]) => b.lastAt - a.lastAt);
  return Object.fromEntries(entries.slice(0, sourcesKept));
}

/** One more try; the first time that somebody has to wait for this account, its owner is told. */
function withTry(person: Person, source: string, now: number, limits: AttemptLimits): Person {
  const waits = (sources: Sources) => Object.values(sources).some(({ count }) => count >= limits.pauseAfter);
  const counted: Person = { ...person, passwordAttempts: raisedSource(person.passwordAttempts, source, now) };
  if (person.email === undefined || waits(person.passwordAttempts) || !waits(counted.passwordAttempts)) return counted;
  return owe(counted, {
    kind: 'message',
    id: newOwedId(),
    message: {
      channel: 'email',
      to: person.email.address,
      language: person.language,
      source: 'core',
      template: 'password_attempts',
      data: { at: now },
      queuedAt: now,
    },
  });
}

export function createPasswordChecks({
  people,
  passwords,
  storage,
  secretBox,
  limits,
}: {
  readonly people: People;
  readonly passwords: Passwords;
  readonly storage: Storage;
  readonly secretBox: SecretBox;
  readonly limits: AttemptLimits;
}): PasswordChecks {
  const unknown = storage.collection<{ readonly sources: Sources }>({ name: 'unknown-names' });
  // A password is never blocked for good: only the pause applies.
  const pauses: AttemptLimits = { ...limits, blockAfter: Infinity };

  const raiseUnknown = async (username: string, source: string, now: number): Promise<number | undefined> => {
    const id = secretBox.digest(foldName(username), 'unknown name');
    for (;;) {
      const stored = await unknown.get(id);
      const sources = stored?.value.sources ?? {};
      const may = mayTry(sources[source] ?? noAttempts, now, pauses);
      if (may.kind === 'paused') return may.until;
      const value = { sources: raisedSource(sources, source, now) };
      const keep = { until: now + unknownKept };
      const version = stored
        ? await unknown.replace(id, value, stored.version, keep)
        : await unknown.insert(id, value, keep);
      if (version !== undefined) return undefined;
    }
  };

  return {
    async check({ username, password, from, now }) {
      const source = secretBox.digest(from, 'network address').slice(0, 16);
      const known = await people.findByUsername(username);
      if (!known) {
        const until = await raiseUnknown(username, source, now);
        if (until !== undefined) return { kind: 'paused', until };
        await passwords.matches(undefined, password, now);
        return { kind: 'wrong' };
      }

      let until: number | undefined;
      const person = await people.change(known.id, (current) => {
        const may = mayTry(current.passwordAttempts[source] ?? noAttempts, now, pauses);
        until = may.kind === 'paused' ? may.until : undefined;
        if (until !== undefined) return undefined;
        return withTry(current, source, now, pauses);
      });
      if (until !== undefined) return { kind: 'paused', until };
      if (!person) return { kind: 'wrong' };

      const { right, renewed } = await passwords.matches(person.password, password, now);
      if (!right) return { kind: 'wrong' };
      if (person.disabled) return { kind: 'disabled', person };
      if (!renewed) return { kind: 'right', person, source };
      const kept = await people.change(person.id, (current) =>
        current.password?.hash === person.password?.hash ? { ...current, password: renewed } : undefined,
      );
      return { kind: 'right', person: kept ?? person, source };
    },
  };
}
