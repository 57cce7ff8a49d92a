/**
 * The password step of a sign-in: one answer in one time for known and unknown names, failures counted by account and by where they come from,
 * raised before the comparison, and by where they come from alone. A stranger slows himself, never the owner elsewhere; nothing here disables an
 * account.
 */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import { foldName } from '../accounts/unique-values.ts';
import { isUsualBrowser, usualNetworks } from '../accounts/usual-places.ts';
import type { Random } from '../factors/contract.ts';
import { browserOf, newBrowserToken, tokenFor } from './known-browser.ts';
import { createLottery } from './lottery.ts';
import type { Entered, GuessingNetworks } from './network-limits.ts';
import {
  browserMark,
  countTry,
  levelsOf,
  ownMachine,
  sourceKept,
  sourceOf,
  waits,
  uncountTry,
  type Sources,
  type Standing,
} from './source-limits.ts';
import type { Passwords } from './passwords.ts';
import { notice } from '../accounts/notices.ts';
import { addPending, type People } from '../accounts/person-store.ts';
import type { Person } from '../accounts/person.ts';

export type PasswordCheck =
  | {
      readonly kind: 'right';
      readonly person: Person;
      /** Where it came from: what a completed sign-in makes usual for this person. */
      readonly source: string;
      readonly browser: string;
      /** For the browser to keep, where it has none that counts. */
      readonly token?: string;
    }
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
    /** Tokens of earlier sign-ins, which the browser brings. */
    readonly tokens?: readonly string[];
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
  random,
}: {
  readonly people: People;
  readonly passwords: Passwords;
  readonly storage: Storage;
  readonly secretBox: SecretBox;
  readonly networks: GuessingNetworks;
  readonly limits: AttemptLimits;
  readonly random: Pick<Random, 'bytes'>;
}): PasswordChecks {
  const unknown = storage.collection(unknownNames);
  // A password is never blocked for good: only the pause applies.
  const pauses: AttemptLimits = { ...limits, blockAfter: Infinity };

  const lottery = createLottery((text) => secretBox.digest(text, 'lottery'));
  const standing = (name: string, now: number, usual: ReadonlySet<string>): Standing => ({
    isUsual: (source) => usual.has(source) || source.startsWith(browserMark),
    draws: (source, round) => lottery.draws(name, source, round, now),
  });
  const nameId = (username: string) => secretBox.digest(foldName(username), 'unknown name');

  const raiseUnknown = async (username: string, source: string, now: number): Promise<number | undefined> => {
    const id = nameId(username);
    for (;;) {
      const stored = await unknown.get(id);
      const counted = countTry(stored?.value.sources ?? {}, source, now, pauses, standing(id, now, new Set()));
      if (!counted.ok) return counted.until;
      const value = { sources: counted.sources };
      const keep = { until: now + sourceKept };
      const version = stored
        ? await unknown.replace(id, value, stored.version, keep)
        : await unknown.insert(id, value, keep);
      if (version !== undefined) return undefined;
    }
  };

  /** @param known the person, where the browser has proved that it is one of theirs; what it counts under is `counts` then */
  const compare = async (given: Given, source: string, known?: Known): Promise<PasswordCheck> => {
    const { username, password, now } = given;
    const found = known?.person ?? (await people.findByUsername(username));
    if (!found) {
      const until = await raiseUnknown(username, source, now);
      if (until !== undefined) return { kind: 'paused', until };
      await passwords.matches(undefined, password, now);
      return { kind: 'wrong' };
    }

    const counts = known === undefined ? source : `${browserMark}${known.browser}`;
    const name = nameId(username);
    let until: number | undefined;
    const person = await people.change(found.id, (current) => {
      const usual = standing(name, now, usualNetworks(current, now));
      const counted = countTry(current.passwordAttempts, counts, now, pauses, usual);
      until = counted.ok ? undefined : counted.until;
      return counted.ok ? withSources(current, counted.sources, now, pauses) : undefined;
    });
    if (until !== undefined) return { kind: 'paused', until };
    if (!person) return { kind: 'wrong' };

    const { right, renewed } = await passwords.matches(person.password, password, now, { first: known !== undefined });
    if (!right) return { kind: 'wrong', person: person.id, network: source };
    if (person.disabled) return { kind: 'disabled', person };
    const token = known === undefined ? newBrowserToken(username, secretBox, random) : undefined;
    const place = {
      source,
      browser: known?.browser ?? browserOf(token ?? '', secretBox),
      ...(token === undefined ? {} : { token }),
    };
    const uncounted = uncountTry(person.passwordAttempts, counts);
    if (!renewed && !uncounted) return { kind: 'right', person, ...place };
    const kept = await people.change(person.id, (current) => ({
      ...current,
      passwordAttempts: uncountTry(current.passwordAttempts, counts) ?? current.passwordAttempts,
      // The same password under a dearer hash: what rests on it goes on.
      ...(renewed && current.password && current.password.hash === person.password?.hash
        ? { password: { ...renewed, setAt: current.password.setAt } }
        : {}),
    }));
    // Changed while it was compared: what was right is the password of before.
    if (kept && kept.password?.setAt !== person.password?.setAt)
      return { kind: 'wrong', person: person.id, network: source };
    return { kind: 'right', person: kept ?? person, ...place };
  };

  /** The person of this name, where the browser proves an earlier sign-in of theirs. Asks the store only for a token that was signed for the name. */
  const knownBrowser = async ({ username, tokens = [], now }: Given): Promise<Known | undefined> => {
    const token = tokenFor(tokens, username, secretBox);
    if (token === undefined) return undefined;
    const browser = browserOf(token, secretBox);
    const person = await people.findByUsername(username);
    return person && isUsualBrowser(person, browser, now) ? { person, browser } : undefined;
  };

  /** Enters the network and those around it, the widest first; what was entered is left when a further one is full. */
  const enterAll = async (source: string, now: number): Promise<Entered> => {
    const entered: Extract<Entered, { readonly ok: true }>[] = [];
    const left = async (was: 'wrong' | 'no guess') => {
      for (const one of entered) await one.left(was);
    };
    for (const { id, times } of levelsOf(source)) {
      const one = await networks.enter(id, now, times);
      if (!one.ok) {
        await left('no guess');
        return one;
      }
      entered.push(one);
    }
    return { ok: true, left };
  };

  return {
    async check({ from, ...given }) {
      const source = sourceOf(from, secretBox);
      const known = await knownBrowser(given);
      // A browser of one's own has tries that no stranger can use up, whatever comes from its network.
      if (source === ownMachine || known) return compare(given, source, known);
      const entered = await enterAll(source, given.now);
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

type Given = Omit<Parameters<PasswordChecks['check']>[0], 'from'>;
interface Known {
  readonly person: Person;
  readonly browser: string;
}
