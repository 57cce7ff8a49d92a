/**
 * Rules for adding, promoting and retiring keys of the installation: pure, over a list of keys and an instant. Within a
 * group (an algorithm) the first key signs and all verify. A new key is first only published, until every cache has it;
 * a replaced key stays until everything that it signed has expired.
 */
export interface RingKey {
  /** Its name for people: the `kid` of a signing key. */
  readonly id: string;
  /** Keys of one group replace each other: an algorithm, or `cookie`. */
  readonly group: string;
  /** Instants, ms. */
  readonly addedAt: number;
  /** Absent: it has signed nothing yet. */
  readonly promotedAt?: number;
  /** Absent: no other key has replaced it. */
  readonly replacedAt?: number;
}

export type KeyStanding = 'next' | 'signing' | 'old';

export interface RingRules {
  /** ms from the publication of a key to its first signature: as long as anybody may cache the key set. */
  readonly publishedFor: number;
  /** ms for which a replaced key stays: as long as anything that it signed may be shown to us or to others. */
  readonly keptFor: number;
}

export type RingRefusal = 'no-such-key' | 'next-there' | 'not-next' | 'signs-now' | 'too-early';
export type RingChange<K> =
  | { readonly ok: true; readonly keys: readonly K[] }
  | { readonly ok: false; readonly why: RingRefusal; readonly from?: number };

const refused = (why: RingRefusal, from?: number): RingChange<never> => ({
  ok: false,
  why,
  ...(from === undefined ? {} : { from }),
});

export const standingOf = (key: RingKey): KeyStanding =>
  key.promotedAt === undefined ? 'next' : key.replacedAt === undefined ? 'signing' : 'old';

/** From which instant it may be promoted or retired; `undefined`: it may be at once, or not at all. */
export function dueFrom(key: RingKey, { publishedFor, keptFor }: RingRules): number | undefined {
  if (key.promotedAt === undefined) return key.addedAt + publishedFor;
  return key.replacedAt === undefined ? undefined : key.replacedAt + keptFor;
}

/** Appends a key: it verifies and signs nothing. One at a time for each group. */
export function addKey<K extends RingKey>(keys: readonly K[], added: K): RingChange<K> {
  const waiting = keys.some((key) => key.group === added.group && standingOf(key) === 'next');
  return waiting ? refused('next-there') : { ok: true, keys: [...keys, added] };
}

/**
 * Moves a key to the front, so that it signs. @param forced whether before its time, if the present signing key must be
 * removed at once
 */
export function promoteKey<K extends RingKey>(
  keys: readonly K[],
  id: string,
  { now, rules, forced = false }: { readonly now: number; readonly rules: RingRules; readonly forced?: boolean },
): RingChange<K> {
  const chosen = keys.find((key) => key.id === id);
  if (!chosen) return refused('no-such-key');
  if (standingOf(chosen) !== 'next') return refused('not-next');
  const from = chosen.addedAt + rules.publishedFor;
  if (now < from && !forced) return refused('too-early', from);
  const others = keys
    .filter((key) => key !== chosen)
    .map((key) =>
      key.group === chosen.group && standingOf(key) === 'signing' ? Object.assign({}, key, { replacedAt: now }) : key,
    );
  return { ok: true, keys: [{ ...chosen, promotedAt: now }, ...others] };
}

/** Removes a key: what it signed is refused. A key that has signed nothing can be removed at any time. */
export function retireKey<K extends RingKey>(
  keys: readonly K[],
  id: string,
  { now, rules, forced = false }: { readonly now: number; readonly rules: RingRules; readonly forced?: boolean },
): RingChange<K> {
  const chosen = keys.find((key) => key.id === id);
  if (!chosen) return refused('no-such-key');
  if (standingOf(chosen) === 'signing') return refused('signs-now');
  const from = chosen.replacedAt === undefined ? undefined : chosen.replacedAt + rules.keptFor;
  if (from !== undefined && now < from && !forced) return refused('too-early', from);
  return { ok: true, keys: keys.filter((key) => key !== chosen) };
}

export type RingStep =
  | { readonly do: 'add'; readonly group: string }
  | { readonly do: 'promote' | 'retire'; readonly group: string; readonly id: string };

/**
 * The steps that automatic rotation takes now. @param every ms for which a key signs before the next one replaces it
 */
export function dueSteps(keys: readonly RingKey[], rules: RingRules, every: number, now: number): readonly RingStep[] {
  return [...new Set(keys.map(({ group }) => group))].flatMap((group): readonly RingStep[] => {
    const own = keys.filter((key) => key.group === group);
    const over = own.filter((key) => standingOf(key) === 'old' && now >= (dueFrom(key, rules) ?? Infinity));
    const steps: RingStep[] = over.map(({ id }) => ({ do: 'retire', group, id }));
    const next = own.find((key) => standingOf(key) === 'next');
    const signing = own.find((key) => standingOf(key) === 'signing');
    const endsAt = (signing?.promotedAt ?? 0) + every;
    if (!next && now >= endsAt - rules.publishedFor) steps.push({ do: 'add', group });
    if (next && now >= endsAt && now >= next.addedAt + rules.publishedFor)
      steps.push({ do: 'promote', group, id: next.id });
    return steps;
  });
}
