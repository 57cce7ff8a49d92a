/** Counts wrong passwords by their source: pure. The same for known and unknown names, to the hour. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { SecretBox } from '../adapters/secret-box.ts';
import { mayTry, noAttempts, raised, type AttemptLimits } from './attempt-limits.ts';
import type { Attempts } from '../accounts/person.ts';

export type Sources = Readonly<Record<string, Attempts>>;

/** Sources with their own count at one time. */
const sourcesKept = 24;
/** The count that all further sources share, so that changing addresses does not help an attacker … */
const others = 'others';
/** … with short pauses (ms), so that an owner with a new address is slowed, but not locked out. */
const othersPause = 30_000;
/** A source starts again after this quiet time (ms), which is at least as long as every pause. */
export const sourceKept = 3_600_000;

/** All texts that are no address count as one network. */
const nowhere = 'no address';

/**
 * The networks of an address, the widest first: an IPv4 address itself (also written as IPv6); of an IPv6 address the
 * first 48, 56 and 64 bits, because a customer has at least 2^64 of them, and often 2^80 (RFC 6177 §2).
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
 * This machine's own addresses. A request from there comes from the operator, or from everybody through a proxy that
 * the configuration does not name (`listen.proxy`); so it is not counted as a network that guesses.
 */
export const ownMachine = 'here';
const loopback = /^(127\.|::1$|::ffff:127\.)/i;

/**
 * The networks of an address as stored and cached: keyed digests with dots between them, the widest first, or
 * `ownMachine`.
 */
export function sourceOf(address: string, secretBox: Pick<SecretBox, 'digest'>): string {
  if (loopback.test(address)) return ownMachine;
  const networks = networksOf(address);
  const length = networks.length === 1 ? 16 : 8;
  return networks.map((network) => secretBox.digest(network, 'network address').slice(0, length)).join('.');
}

/** Prefix of a source that is a browser: its digest follows. */
export const browserMark = 'browser:';

export interface Level {
  readonly id: string;
  /** Multiple of the limit of one network. */
  readonly times: number;
}

/** A source and the wider networks around it: twice the tries for a /56, four times for a /48. */
export function levelsOf(source: string): readonly Level[] {
  const parts = source.split('.');
  return parts.map((_, index) => ({ id: parts.slice(0, index + 1).join('.'), times: 2 ** (parts.length - 1 - index) }));
}

export type Counted = { readonly ok: true; readonly sources: Sources } | { readonly ok: false; readonly until: number };

/** Facts of a try besides its source. */
export interface Standing {
  /** Networks and browsers with their own tries, whatever strangers do. */
  readonly isUsual: (source: string) => boolean;
  /** Whether this source wins the shared try of the round that began at an instant. */
  readonly draws: (source: string, round: number) => boolean;
}
const stranger: Standing = { isUsual: () => false, draws: () => true };

/** One more try from `source`: counted, or to be delayed until an instant (ms). */
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
  // From here on one try in each round, for one of the waiting sources, by lot.
  const rounds = Math.floor((now - attempts.lastAt) / othersPause);
  const round = attempts.lastAt + rounds * othersPause;
  // A source that asks too early takes part too.
  const drawn = draws(source, round);
  if (rounds > 0 && drawn) return count(others);
  return { ok: false, until: round + othersPause };
}

const sumOf = (all: readonly Attempts[]): Attempts => ({
  count: all.reduce((sum, { count }) => sum + count, 0),
  lastAt: Math.max(0, ...all.map(({ lastAt }) => lastAt)),
});

/**
 * Removes the try that `countTry` counted for `source`, since it was right: repeated sign-ins are no guessing.
 * `undefined` if no write is worth it: the only try, which a completed sign-in clears anyway.
 */
export function uncountTry(sources: Sources, source: string): Sources | undefined {
  const name = Object.hasOwn(sources, source) ? source : others;
  const attempts = sources[name];
  return attempts && attempts.count > 1
    ? { ...sources, [name]: { ...attempts, count: attempts.count - 1 } }
    : undefined;
}

/** The counts after a completed sign-in: only the source of its own password is cleared. */
export const withoutSource = (sources: Sources, source: string | undefined, browser?: string): Sources =>
  Object.fromEntries(
    Object.entries(sources).filter(([name]) => name !== source && name !== `${browserMark}${browser}`),
  );

/** Whether any source must wait. */
export const waits = (sources: Sources, { pauseAfter }: AttemptLimits): boolean =>
  Object.values(sources).some(({ count }) => count >= pauseAfter);
