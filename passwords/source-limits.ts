/** Where wrong passwords come from, and how many from there: pure. The same for names that somebody has and names that nobody has, to the hour. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { SecretBox } from '../adapters/secret-box.ts';
import { mayTry, noAttempts, raised, type AttemptLimits } from './attempt-limits.ts';
import type { Attempts } from '../accounts/person.ts';

export type Sources = Readonly<Record<string, Attempts>>;

/** Sources with a count of their own at one time. */
const sourcesKept = 24;
/** All further ones together, so that nobody guesses on by changing addresses … */
const others = 'others';
/** … and with short pauses, so that an owner who comes from a new address while that goes on is slowed and not shut out (ms). */
const othersPause = 30_000;
/** A source that was quiet for so long begins anew (ms): no pause is longer. */
export const sourceKept = 3_600_000;

/** What is no address is one network: whoever sends nonsense shares it with all who do. */
const nowhere = 'no address';

/**
 * The networks that an address stands for, the widest first: an IPv4 address itself (also written as IPv6); of an IPv6 address the first 48, 56 and 64 bits,
 * since whoever has one has 2^64 of them at least, and often 2^80 (RFC 6177 §2).
 */
export function networksOf(address: string): readonly string[] {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) === 0) return [nowhere];
  const parsed = ipaddr.process(plain);
  if (!(parsed instanceof ipaddr.IPv6)) return [parsed.toString()];
  const [a = 0, b = 0, c = 0, d = 0] = parsed.parts;
  return [
    [a, b, c],
    [a, b, c, d & 0xff00],
    [a, b, c, d],
  ].map((groups) => groups.map((group) => group.toString(16)).join(':'));
}

/**
 * This machine's own addresses. What comes from there is its operator, or everybody, through a proxy that the configuration does not name
 * (`listen.proxy`): no network of which one could say that it guesses.
 */
export const ownMachine = 'here';
const loopback = /^(127\.|::1$|::ffff:127\.)/i;

/** What stands for the networks of an address, here and in the store: keyed digests with dots in between, the widest first, or `ownMachine`. */
export function sourceOf(address: string, secretBox: Pick<SecretBox, 'digest'>): string {
  if (loopback.test(address)) return ownMachine;
  const networks = networksOf(address);
  const length = networks.length === 1 ? 16 : 8;
  return networks.map((network) => secretBox.digest(network, 'network address').slice(0, length)).join('.');
}

/** Begins the name of a source that is a browser: its digest follows. */
export const browserMark = 'browser:';

export interface Level {
  readonly id: string;
  /** So many times what a single network may. */
  readonly times: number;
}

/** A source and the wider networks around it: twice as much from a /56, four times as much from a /48. */
export function levelsOf(source: string): readonly Level[] {
  const parts = source.split('.');
  return parts.map((_, index) => ({ id: parts.slice(0, index + 1).join('.'), times: 2 ** (parts.length - 1 - index) }));
}

export type Counted = { readonly ok: true; readonly sources: Sources } | { readonly ok: false; readonly until: number };

/** What is known of a try besides where it comes from. */
export interface Standing {
  /** Networks and browsers with tries of their own, whatever strangers do. */
  readonly isUsual: (source: string) => boolean;
  /** Whether the shared rest is this source's in the round that began at an instant: fair among those who ask. */
  readonly draws: (source: string, round: number) => boolean;
}
const stranger: Standing = { isUsual: () => false, draws: () => true };

/** One more try from `source`: counted, or to be put off until an instant (ms). */
export function countTry(
  sources: Sources,
  source: string,
  now: number,
  limits: AttemptLimits,
  { isUsual, draws }: Standing = stranger,
): Counted {
  const live = Object.entries(sources).filter(([, { lastAt }]) => lastAt > now - sourceKept);
  const known = Object.fromEntries(live);
  const count = (name: string): Counted => ({
    ok: true,
    sources: { ...known, [name]: raised(known[name] ?? noAttempts, now) },
  });
  const strangers = live.filter(([name]) => !isUsual(name) && name !== others);
  if (isUsual(source) || Object.hasOwn(known, source) || strangers.length < sourcesKept) {
    for (const { id, times } of isUsual(source) ? [{ id: source, times: 1 }] : levelsOf(source)) {
      const within = strangers.filter(([name]) => name === id || name.startsWith(`${id}.`)).map(([, one]) => one);
      const attempts = times === 1 ? (known[source] ?? noAttempts) : sumOf(within);
      const may = mayTry(attempts, now, { ...limits, pauseAfter: limits.pauseAfter * times });
      if (may.kind === 'paused') return { ok: false, until: may.until };
    }
    return count(source);
  }
  const attempts = known[others] ?? noAttempts;
  if (mayTry(attempts, now, limits).kind !== 'paused') return count(others);
  // From here on one try in each round, for one of those who ask, by lot: the quickest has no advantage.
  const rounds = Math.floor((now - attempts.lastAt) / othersPause);
  const round = attempts.lastAt + rounds * othersPause;
  // Whoever asks takes part, too early as well.
  const drawn = draws(source, round);
  if (rounds > 0 && drawn) return count(others);
  return { ok: false, until: round + othersPause };
}

const sumOf = (all: readonly Attempts[]): Attempts => ({
  count: all.reduce((sum, { count }) => sum + count, 0),
  lastAt: Math.max(0, ...all.map(({ lastAt }) => lastAt)),
});

/**
 * Takes back the try that `countTry` counted for `source`, since it was right: signing in and going away is no guessing. `undefined` where there is
 * nothing worth a write: the only try of all, which a completed sign-in clears anyway.
 */
export function uncountTry(sources: Sources, source: string): Sources | undefined {
  const name = Object.hasOwn(sources, source) ? source : others;
  const attempts = sources[name];
  return attempts && attempts.count > 1
    ? { ...sources, [name]: { ...attempts, count: attempts.count - 1 } }
    : undefined;
}

/** What a completed sign-in leaves: only where its own password came from nothing is counted any more. */
export const withoutSource = (sources: Sources, source: string | undefined, browser?: string): Sources =>
  Object.fromEntries(
    Object.entries(sources).filter(([name]) => name !== source && name !== `${browserMark}${browser}`),
  );

/** Whether somebody has to wait. */
export const waits = (sources: Sources, { pauseAfter }: AttemptLimits): boolean =>
  Object.values(sources).some(({ count }) => count >= pauseAfter);
