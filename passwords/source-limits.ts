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
 * The network that an address stands for: an IPv4 address itself (also written as IPv6), of an IPv6 address the first 64 bits, since whoever has one
 * has 2^64 of them (RFC 6177 §2).
 */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) === 0) return nowhere;
  const parsed = ipaddr.process(plain);
  return parsed instanceof ipaddr.IPv6
    ? parsed.parts
        .slice(0, 4)
        .map((group) => group.toString(16))
        .join(':')
    : parsed.toString();
}

/**
 * This machine's own addresses. What comes from there is its operator, or everybody, through a proxy that the configuration does not name
 * (`listen.proxy`): no network of which one could say that it guesses.
 */
export const ownMachine = 'here';
const loopback = /^(127\.|::1$|::ffff:127\.)/i;

/** What stands for the network of an address, here and in the store: a keyed digest, or `ownMachine`. */
export const sourceOf = (address: string, secretBox: Pick<SecretBox, 'digest'>): string =>
  loopback.test(address) ? ownMachine : secretBox.digest(networkOf(address), 'network address').slice(0, 16);

export type Counted = { readonly ok: true; readonly sources: Sources } | { readonly ok: false; readonly until: number };

/** One more try from `source`: counted, or to be put off until an instant (ms). */
export function countTry(sources: Sources, source: string, now: number, limits: AttemptLimits): Counted {
  const live = Object.entries(sources).filter(([, { lastAt }]) => lastAt > now - sourceKept);
  const own = live.some(([name]) => name === source) || live.length < sourcesKept;
  const name = own ? source : others;
  const known = Object.fromEntries(live);
  const attempts = known[name] ?? noAttempts;
  const may = mayTry(attempts, now, limits);
  if (may.kind === 'paused') {
    const until = own ? may.until : Math.min(may.until, attempts.lastAt + othersPause);
    if (now < until) return { ok: false, until };
  }
  return { ok: true, sources: { ...known, [name]: raised(attempts, now) } };
}

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
export function withoutSource(sources: Sources, source: string | undefined): Sources {
  if (source === undefined || !Object.hasOwn(sources, source)) return sources;
  const { [source]: _own, ...theirs } = sources;
  return theirs;
}

/** Whether somebody has to wait. */
export const waits = (sources: Sources, { pauseAfter }: AttemptLimits): boolean =>
  Object.values(sources).some(({ count }) => count >= pauseAfter);
