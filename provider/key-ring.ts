/**
 * When a key of the installation may be added, promoted and retired: pure rules over a list of keys and an instant. Within a group (an algorithm) the first
 * key signs and all verify. A new key is published first and waits until every cache has it; one that was replaced stays until what it signed is dead.
 */
export interface RingKey {
  /** Names it for people: of a signing key its `kid`. */
  readonly id: string;
  /** Keys of one group take each other's place: an algorithm, or `cookie`. */
  readonly group: string;
  /** Instants, ms. */
  readonly addedAt: number;
  /** Absent: it has signed nothing yet. */
  readonly promotedAt?: number;
  /** Absent: no other has taken its place. */
  readonly replacedAt?: number;
}

export type KeyStanding = 'next' | 'signing' | 'old';

export interface RingRules {
  /** ms from the publication of a key to its first signature: as long as anybody may keep a copy of the key set. */
  readonly publishedFor: number;
  /** ms for which a key that was replaced stays: as long as anything that it signed may be shown to us or to others. */
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

/** From which instant it may be promoted, or retired; `undefined`: it may be at once, or not at all. */
export function dueFrom(key: RingKey, { publishedFor, keptFor }: RingRules): number | undefined {
  if (key.promotedAt === undefined) return key.addedAt + publishedFor;
  return key.replacedAt === undefined ? undefined : key.replacedAt + keptFor;
}

/** Behind all others: it verifies and signs nothing. One at a time for each group. */
export function addKey<K extends RingKey>(keys: readonly K[], added: K): RingChange<K> {
  const waiting = keys.some((key) => key.group === added.group && standingOf(key) === 'next');
  return waiting ? refused('next-there') : { ok: true, keys: [...keys, added] };
}

/** To the front, so that it signs. @param forced whether before its time, where the key that signs now must go at once */
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

/** Away: what it signed is not taken any more. A key that has signed nothing may go at any time. */
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

/** What automatic rotation does now. @param every ms for which a key signs before the next takes its place */
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
