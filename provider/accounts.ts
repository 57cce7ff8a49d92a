/**
 * Accounts as the engine sees them: read at every use, so that a disabled account ends at the next request, not when
 * its tokens expire.
 */
import type { Clock } from '../time/clock.ts';
import type { Language } from '../factors/contract.ts';
import type { Person } from '../accounts/person.ts';
import type { StandardClaims } from '../accounts/standard-claims.ts';
import { createMemo } from './version-cache.ts';

export interface AccountFacts {
  readonly id: string;
  readonly disabled: boolean;
  readonly username: string;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
  readonly displayName: string;
  readonly email?: string | undefined;
  readonly emailVerified: boolean;
  readonly language: Language;
  readonly groups: readonly string[];
  /** Further claims, by the names of OpenID Connect Core 1.0 §5.1. */
  readonly claims?: Readonly<StandardClaims> | undefined;
  /** Instant (ms) of the last change of any of them. */
  readonly updatedAt?: number | undefined;
  /** The account document that these facts were read from, for the code that judges the account. */
  readonly person?: Person | undefined;
}

export interface Accounts {
  find(id: string): Promise<AccountFacts | undefined>;
  /** Whether the account has not changed since these facts were read, as far as this process knows. Default: it has. */
  isUnchanged?(facts: AccountFacts): boolean;
}

/** The claims of each scope (OpenID Connect Core 1.0 §5.4); `openid` also tells how the person signed in. */
export const claimsOfScopes = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: [
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
  groups: ['groups'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/**
 * Saves the read between the end of a sign-in and the redirect that applies it: facts that were read for `finish` are
 * used once, by the authorization request of the same interaction, for at most 10 s and while the account has not
 * changed. Every other use reads again.
 */
export interface HandOver {
  give(interactionUid: string, facts: AccountFacts): void;
  take(interactionUid: string | undefined, accountId: string): AccountFacts | undefined;
}

const handOverMilliseconds = 10_000;

export function createHandOver(clock: Clock, isUnchanged: Accounts['isUnchanged']): HandOver {
  const given = createMemo<{ readonly facts: AccountFacts; readonly at: number }>(500);
  const isFresh = (at: number) => Math.abs(clock.now() - at) < handOverMilliseconds;
  return {
    give: (uid, facts) => given.set(uid, { facts, at: clock.now() }),
    take(uid, accountId) {
      const entry = uid === undefined ? undefined : given.get(uid);
      if (uid !== undefined) given.delete(uid);
      if (!entry || !isFresh(entry.at) || entry.facts.id !== accountId) return undefined;
      return isUnchanged?.(entry.facts) === true ? entry.facts : undefined;
    },
  };
}
