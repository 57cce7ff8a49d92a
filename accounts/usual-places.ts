/**
 * Where a person has completed sign-ins recently: networks and browsers, as keyed digests. Wrong passwords of strangers
 * elsewhere use up no tries of these places (`passwords/check-password.ts`); they have no other meaning. Written with
 * the proof that completes a sign-in.
 */
import type { Person, SeenAt } from './person.ts';

/** At most this many networks, and as many browsers; the least recently used one is removed. */
const kept = 8;
/** How long (ms) a place counts after the last completed sign-in. */
export const usualFor = 90 * 86_400_000;
/** Least time (ms) between two writes by sign-ins with a password alone. */
const writtenEvery = 86_400_000;

export interface Place {
  readonly network?: string | undefined;
  readonly browser?: string | undefined;
}

const live = (seen: readonly SeenAt[] = [], now: number): readonly SeenAt[] =>
  seen.filter(({ at }) => at > now - usualFor);

export const usualNetworks = (person: Person, now: number): ReadonlySet<string> =>
  new Set(live(person.usual?.networks, now).map(({ id }) => id));

export const isUsualBrowser = (person: Person, browser: string, now: number): boolean =>
  live(person.usual?.browsers, now).some(({ id }) => id === browser);

const added = (seen: readonly SeenAt[] | undefined, id: string | undefined, now: number): readonly SeenAt[] =>
  id === undefined
    ? live(seen, now)
    : [...live(seen, now).filter((other) => other.id !== id), { id, at: now }].slice(-kept);

/** The account after a completed sign-in from there. */
export function withPlace(person: Person, { network, browser }: Place, now: number): Person {
  if (network === undefined && browser === undefined) return person;
  const { usual } = person;
  return {
    ...person,
    usual: { networks: added(usual?.networks, network, now), browsers: added(usual?.browsers, browser, now) },
  };
}

/** Whether the place was recorded so recently that no write is needed. */
export function isFresh(person: Person, { network, browser }: Place, now: number): boolean {
  const knows = (seen: readonly SeenAt[] | undefined, id: string | undefined) =>
    id === undefined || (seen ?? []).some((one) => one.id === id && one.at > now - writtenEvery);
  return knows(person.usual?.networks, network) && knows(person.usual?.browsers, browser);
}
