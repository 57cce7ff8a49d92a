/**
 * The password step of a sign-in: the same answer in the same time for known and unknown names. Failures are counted by
 * account and source before the comparison, and also by source alone. A stranger slows their own network, never the
 * owner elsewhere; nothing here disables an account.
 */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Storage } from '../adapters/storage/port.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import { foldName } from '../accounts/unique-values.ts';
import { isUsualBrowser, usualNetworks } from '../accounts/usual-places.ts';
import type { HashPlace, Random } from '../factors/contract.ts';
import { browserOf, newBrowserToken, tokenFor } from './known-browser.ts';
import { createLottery } from './lottery.ts';
import { enterLevels, type GuessingNetworks } from './network-limits.ts';
import {
  browserMark,
  countTry,
  levelsOf,
  ownMachine,
  sourceOf,
  waits,
  uncountTry,
  type Sources,
  type Standing,
} from './source-limits.ts';
import type { Passwords } from './passwords.ts';
import { createUnknownNames } from './unknown-names.ts';
import { withActivity } from '../accounts/activity.ts';
import { notice } from '../accounts/notices.ts';
import { addPending, type People } from '../accounts/person-store.ts';
import type { Password, Person } from '../accounts/person.ts';

export type PasswordCheck =
  | {
      readonly kind: 'right';
      readonly person: Person;
      /** Where it came from: a completed sign-in makes this place usual for the person. */
      readonly source: string;
      readonly browser: string;
      /** A token for the browser to keep, if it has none that counts. */
      readonly token?: string;
    }
  /** `person` (id) and `network` (keyed digest) if the account exists: for its audit record, never for the page. */
  | { readonly kind: 'wrong'; readonly person?: string; readonly network?: string }
  | { readonly kind: 'paused'; readonly until: number }
  | { readonly kind: 'disabled'; readonly person: Person };

export interface PasswordChecks {
  /** @param from network address of the browser (never from a header that anybody can send) */
  check(given: {
    readonly username: string;
    readonly password: string;
    readonly from: string;
    /** Tokens of earlier sign-ins in this browser. */
    readonly tokens?: readonly string[];
    readonly now: number;
  }): Promise<PasswordCheck>;
}

/** The account with these counts; its owner is notified the first time that somebody must wait for this account. */
function withSources(person: Person, sources: Sources, now: number, limits: AttemptLimits): Person {
  // Taken back when the sign-in is finished.
  const counted = withActivity({ ...person, passwordAttempts: sources }, { at: now, what: 'password-wrong' });
  if (waits(person.passwordAttempts, limits) || !waits(counted.passwordAttempts, limits)) return counted;
  return addPending(counted, ...notice(person, 'password_attempts', {}, now));
}

export interface PasswordCheckParts {
  readonly people: People;
  readonly passwords: Passwords;
  readonly storage: Storage;
  readonly secretBox: SecretBox;
  readonly networks: GuessingNetworks;
  readonly limits: AttemptLimits;
  readonly random: Pick<Random, 'bytes'>;
}

export function createPasswordChecks(parts: PasswordCheckParts): PasswordChecks {
  const { people, secretBox, networks } = parts;
  const compare = createComparison(parts);

  /**
   * The person of this name, if the browser proves an earlier sign-in of theirs. Reads the store only for a token that
   * was signed for the name.
   */
  const knownBrowser = async ({ username, tokens = [], now }: Given): Promise<Known | undefined> => {
    const token = tokenFor(tokens, username, secretBox);
    if (token === undefined) return undefined;
    const browser = browserOf(token, secretBox);
    const person = await people.findByUsername(username);
    return person && isUsualBrowser(person, browser, now) ? { person, browser } : undefined;
  };

  return {
    async check({ from, ...given }) {
      const source = sourceOf(from, secretBox);
      const known = await knownBrowser(given);
      // A browser of the owner has tries that no stranger can use up, whatever its network does.
      if (source === ownMachine || known) return compare(given, source, known);
      const entered = await enterLevels(networks, levelsOf(source), given.now);
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

/** @param known the person, if the browser has proved that it is theirs; the try then counts under the browser */
type Comparison = (given: Given, source: string, known?: Known) => Promise<PasswordCheck>;

/**
 * Counts the try by name and source, and compares it; in this order, and with a reserved place in the queue, because a
 * try that is not compared does not count.
 */
function createComparison({ people, passwords, storage, secretBox, limits, random }: PasswordCheckParts): Comparison {
  // A password is never blocked for good: only the pause applies.
  const pauses: AttemptLimits = { ...limits, blockAfter: Infinity };
  const unknown = createUnknownNames(storage, pauses);
  const nameId = (username: string) => secretBox.digest(foldName(username), 'unknown name');
  const lottery = createLottery((text) => secretBox.digest(text, 'lottery'));
  const standing = (username: string, now: number, usual: ReadonlySet<string>): Standing => ({
    isUsual: (source) => usual.has(source) || source.startsWith(browserMark),
    draws: (source, round) => lottery.draws(nameId(username), source, round, now),
  });

  const compareWithNobody = async ({ username, password, now }: Given, source: string, place: HashPlace) => {
    const until = await unknown.count(nameId(username), source, now, standing(username, now, new Set()));
    if (until !== undefined) return { kind: 'paused', until } as const;
    await passwords.matches(undefined, password, now, { place });
    return { kind: 'wrong' } as const;
  };

  const compareWith = async (
    found: Person,
    given: Given,
    source: string,
    known: Known | undefined,
    place: HashPlace,
  ) => {
    const { username, password, now } = given;
    const counts = known === undefined ? source : `${browserMark}${known.browser}`;
    const tried = await people.update(found.id, (current) => {
      const usual = standing(username, now, usualNetworks(current, now));
      const counted = countTry(current.passwordAttempts, counts, now, pauses, usual);
      if (!counted.ok) return { result: counted.until };
      return { account: withSources(current, counted.sources, now, pauses), result: undefined };
    });
    if (tried?.result !== undefined) return { kind: 'paused', until: tried.result } as const;
    const person = tried?.account;
    if (!person) return { kind: 'wrong' } as const;
    const wish = { first: known !== undefined, place };
    const { right, renewed } = await passwords.matches(person.password, password, now, wish);
    if (!right) return { kind: 'wrong', person: person.id, network: source } as const;
    if (person.disabled) return { kind: 'disabled', person } as const;
    const kept = await settleRight(people, person, counts, renewed);
    if (kept === 'changed') return { kind: 'wrong', person: person.id, network: source } as const;
    const token = known === undefined ? newBrowserToken(username, secretBox, random) : undefined;
    const browser = known?.browser ?? browserOf(token ?? '', secretBox);
    return { kind: 'right', person: kept, source, browser, ...(token === undefined ? {} : { token }) } as const;
  };

  return async (given, source, known) => {
    const place = passwords.keepPlace(known !== undefined);
    try {
      const found = known?.person ?? (await people.findByUsername(given.username));
      return found
        ? await compareWith(found, given, source, known, place)
        : await compareWithNobody(given, source, place);
    } finally {
      place.leave();
    }
  };
}

/**
 * After the right password: removes its try and renews its hash. `changed`: another password was set during the
 * comparison.
 */
async function settleRight(
  people: People,
  person: Person,
  counts: string,
  renewed: Password | undefined,
): Promise<Person | 'changed'> {
  if (!renewed && !uncountTry(person.passwordAttempts, counts)) return person;
  const kept = await people.change(person.id, (current) => ({
    ...current,
    passwordAttempts: uncountTry(current.passwordAttempts, counts) ?? current.passwordAttempts,
    // The same password under a newer hash: sessions that depend on it continue.
    ...(renewed && current.password && current.password.hash === person.password?.hash
      ? { password: { ...renewed, setAt: current.password.setAt } }
      : {}),
  }));
  return kept && kept.password?.setAt !== person.password?.setAt ? 'changed' : (kept ?? person);
}

type Given = Omit<Parameters<PasswordChecks['check']>[0], 'from'>;
interface Known {
  readonly person: Person;
  readonly browser: string;
}
