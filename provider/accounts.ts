/** People as the engine sees them: looked up at every use, so that a disabled account ends at the next request, not at the end of its tokens. */
import type { Account, AccountClaims, FindAccount } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import type { Language } from '../factors/contract.ts';
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
  /** What else is known, by the names of OpenID Connect Core 1.0 §5.1. */
  readonly claims?: Readonly<StandardClaims> | undefined;
  /** Instant (ms) at which any of it last changed. */
  readonly updatedAt?: number | undefined;
}

export interface Accounts {
  find(id: string): Promise<AccountFacts | undefined>;
}

/** Which claims a scope stands for (OpenID Connect Core 1.0 §5.4); `openid` also says how somebody signed in. */
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
 * Spares the read between the end of a sign-in and the redirect that applies it: facts that were read for `finish` are used once, by the
 * authorization request of the very same interaction, for at most 10 s. Everything else reads.
 */
export interface HandOver {
  give(interactionUid: string, facts: AccountFacts): void;
  take(interactionUid: string | undefined, accountId: string): AccountFacts | undefined;
}

const handOverMilliseconds = 10_000;

export function createHandOver(clock: Clock): HandOver {
  const given = createMemo<{ readonly facts: AccountFacts; readonly until: number }>(500);
  return {
    give: (uid, facts) => given.set(uid, { facts, until: clock.now() + handOverMilliseconds }),
    take(uid, accountId) {
      const entry = uid === undefined ? undefined : given.get(uid);
      if (uid !== undefined) given.delete(uid);
      return entry && clock.now() < entry.until && entry.facts.id === accountId ? entry.facts : undefined;
    },
  };
}

export function createFindAccount(accounts: Accounts, handOver: HandOver): FindAccount {
  return async (ctx, id, token): Promise<Account | undefined> => {
    const handed =
      token === undefined && ctx.oidc.route === 'resume'
        ? handOver.take(ctx.oidc.entities.Interaction?.uid, id)
        : undefined;
    const facts = handed ?? (await accounts.find(id));
    if (!facts || facts.disabled) return undefined;
    return { accountId: facts.id, claims: () => claimsOf(facts) };
  };
}

function claimsOf(facts: AccountFacts): AccountClaims {
  return {
    ...facts.claims,
    sub: facts.id,
    name: facts.displayName,
    given_name: facts.givenName,
    family_name: facts.familyName,
    preferred_username: facts.username,
    locale: facts.language,
    ...(facts.updatedAt === undefined ? {} : { updated_at: Math.floor(facts.updatedAt / 1000) }),
    ...(facts.email === undefined ? {} : { email: facts.email, email_verified: facts.emailVerified }),
    groups: [...facts.groups],
  };
}
