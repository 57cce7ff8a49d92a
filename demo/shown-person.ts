/** One person of the demo as the helper page shows them: from the account as it is now, with what only a demo knows. */
import type { Key, Person } from '../accounts/person.ts';
import type { Services } from '../admin/services.ts';
import { personFacts } from '../digital-keys/key-changes.ts';
import type { Factor } from '../factors/contract.ts';
import type { DemoCard, DemoPerson } from './demo-people.ts';
import { shortName } from './short-names.ts';

export interface ShownCard extends DemoCard {
  /** Used positions. */
  readonly spent: readonly number[];
  /** Whether the key is still on. */
  readonly active: boolean;
  /** The position that a sign-in asks, until it is answered; absent: the card is no key any more, or is used up. */
  readonly asked?: number;
}

/** A key that works no more, and the one in its place. */
export interface KeyChange {
  readonly old: string;
  /** `undefined`: none took its place. */
  readonly now: string | undefined;
}

export interface ShownPerson {
  readonly username: string;
  readonly password: string;
  readonly email: string | undefined;
  readonly displayName: string;
  readonly language: string;
  readonly disabled: boolean;
  readonly what: string;
  /** In words. */
  readonly keys: readonly string[];
  readonly cards: readonly ShownCard[];
  /** Secrets of the active authenticator apps, including new ones. */
  readonly totp: readonly string[];
  /** Telephone numbers of active keys. */
  readonly phones: readonly string[];
  /** The same as `keys`, in short words. */
  readonly has: readonly string[];
  readonly changes: readonly KeyChange[];
}

export interface ShownPersonParts {
  readonly services: Pick<Services, 'registry' | 'sealing' | 'toolsFor'>;
  /** Cards that were handed out since, by the person's id. */
  readonly issued: (person: string) => Promise<readonly DemoCard[]>;
  /** The name of a factor on the pages. */
  readonly keyName: (factor: string) => string;
}

/** An active key with its secret, opened, and as its factor exports it. */
interface OpenKey {
  readonly factor: Factor;
  readonly secret: unknown;
  readonly dumped: Readonly<Record<string, unknown>>;
}

export async function shownPerson(
  parts: ShownPersonParts,
  { username, password, cards, what }: DemoPerson,
  person: Person,
): Promise<ShownPerson> {
  const open = openKeys(parts, person);
  const printed = [...cards, ...(await parts.issued(person.id))];
  const shown = await Promise.all(printed.map((card) => shownCard(parts, card, open)));
  const works = person.keys.filter(({ status }) => status !== 'off');
  return {
    username,
    password,
    email: person.email?.address,
    displayName: personFacts(person).displayName,
    language: person.language,
    disabled: person.disabled,
    what,
    keys: works.map((key) => named(parts.keyName(key.factor), key)),
    // A card that signs in comes first.
    cards: shown.toSorted((one, other) => Number(other.active) - Number(one.active)),
    totp: open.flatMap(({ dumped: { secret } }) => (typeof secret === 'string' ? [secret] : [])),
    phones: open.flatMap(({ dumped: { number } }) => (typeof number === 'string' ? [number] : [])),
    has: works.map((key) => named(shortName(key.factor), key)),
    changes: changesOf(person.keys),
  };
}

function named(name: string, { detail, status }: Key): string {
  const words = [name, detail].filter(Boolean).join(' ');
  return status === 'blocked' ? `${words} (blocked)` : words;
}

/** A key that replaces another one is bound in the same write, at the same instant. */
export const changesOf = (keys: readonly Key[]): readonly KeyChange[] =>
  keys
    .filter(({ status }) => status === 'off')
    .map((off) => {
      const next = keys.find(({ id, boundAt }) => id !== off.id && boundAt === off.offAt);
      const old = [shortName(off.factor), off.detail].filter(Boolean).join(' ');
      return { old, now: next && named(shortName(next.factor), next) };
    });

async function shownCard(
  { services }: ShownPersonParts,
  { serial, codes }: DemoCard,
  open: readonly OpenKey[],
): Promise<ShownCard> {
  const key = open.find(({ dumped }) => dumped['serial'] === serial);
  if (key === undefined) return { serial, codes, active: false, spent: [] };
  const spent = Array.isArray(key.dumped['spent']) ? key.dumped['spent'].filter((one) => typeof one === 'number') : [];
  // A card asks the same position at every sign-in until it is answered, so the challenge of no sign-in shows it too.
  const asking = await key.factor.challenge(services.toolsFor(key.factor), key.secret, []);
  const position = asking.ok ? asking.value.shows['position'] : undefined;
  return { serial, codes, active: true, spent, ...(typeof position === 'number' && { asked: position }) };
}

const openKeys = ({ services: { registry, sealing } }: ShownPersonParts, person: Person): readonly OpenKey[] =>
  person.keys.flatMap((key): readonly OpenKey[] => {
    const factor = registry.get(key.factor);
    if (!factor?.transfer || key.status !== 'active' || key.sealed === undefined) return [];
    const secret = sealing.openKey(factor, person.id, key.id, key.sealed);
    if (secret === undefined) return [];
    const dumped = factor.transfer.dump(secret);
    return typeof dumped === 'object' && dumped !== null ? [{ factor, secret, dumped: { ...dumped } }] : [];
  });
