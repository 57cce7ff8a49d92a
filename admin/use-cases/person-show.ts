/** The data of a person, masked: no secret, no hash. */
import type { Services } from '../services.ts';
import type { Key, Person } from '../../accounts/person.ts';
import { maskAddress } from '../../accounts/mail-address.ts';
import { maySetPassword } from '../../accounts/password-permit.ts';
import { hasPermit } from '../../digital-keys/permits.ts';
import { keyOver, type KeyOver } from '../../digital-keys/key-over.ts';
import type { ActivationStatus } from '../../accounts/activation.ts';
import { activationState } from './activation-state.ts';
import { hasSharedMailbox } from './person-list.ts';
import { done, refuse, type Outcome } from '../refusals.ts';

export interface PersonListing {
  readonly id: string;
  readonly username: string;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly language: string;
  /** Masked. */
  readonly email: string | null;
  readonly emailVerified: boolean;
  /** Several people read it, as its name shows. */
  readonly sharedMailbox: boolean;
  readonly groups: readonly string[];
  readonly disabled: boolean;
  readonly createdAt: string;
  readonly password: boolean;
  readonly keys: readonly KeyListing[];
  /** Browsers that are trusted now, if the configuration permits trusted browsers. */
  readonly trustedBrowsers: number;
  /** Until when an administrator permits the person to activate one key. */
  readonly mayActivateUntil: string | null;
  /** Instant (ISO 8601) until which a permit to set a password is valid. */
  readonly maySetPasswordUntil: string | null;
  /** How far the activation by link and letter is; `null`: none was issued. */
  readonly activation: ActivationListing | null;
  readonly postponements: Readonly<Record<string, number>>;
  /** Audit events and messages that the relay has not delivered yet. */
  readonly pending: number;
}

/** Instants are ISO 8601. */
export interface ActivationListing {
  readonly status: ActivationStatus;
  readonly issuedAt: string;
  /** Who issued it: an administrator, or a clerk. */
  readonly by: string;
  readonly until: string;
  readonly openedAt: string | null;
  readonly activatedAt: string | null;
  /** Wrong codes that are still possible. */
  readonly triesLeft: number;
}

export interface KeyListing {
  readonly id: string;
  readonly factor: string;
  readonly label: string | null;
  readonly detail: string;
  /** A word of the factor: `synced`. */
  readonly nature: string | null;
  readonly status: Key['status'];
  readonly source: Key['source'];
  readonly boundAt: string;
  readonly lastUsedAt: string | null;
  readonly offAt: string | null;
  readonly offBecause: Key['offBecause'] | null;
  readonly failures: number;
  /** Active, but over by the word of its factor: expired, used up, or unreadable. */
  readonly over: KeyOver | null;
}

/** @param who a user name in any spelling, or an id */
export async function findPerson({ people }: Pick<Services, 'people'>, who: string): Promise<Outcome<Person>> {
  const person = (await people.findByUsername(who)) ?? (await people.get(who));
  return person && person.removedAt === undefined
    ? done(person)
    : refuse('person_unknown', `There is nobody called ${who}.`);
}

export async function showPerson(
  services: Pick<Services, 'people' | 'settings' | 'clock' | 'registry' | 'sealing' | 'toolsFor'>,
  who: string,
): Promise<Outcome<PersonListing>> {
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const { value: person } = found;
  const { id, username, givenName = null, familyName = null, language, email, groups, disabled } = person;
  return done({
    id,
    username,
    givenName,
    familyName,
    language,
    email: email ? maskAddress(email.address) : null,
    emailVerified: email?.verifiedAt !== undefined,
    sharedMailbox: hasSharedMailbox(person, services.settings),
    groups,
    disabled,
    createdAt: iso(person.createdAt) ?? '',
    password: person.password !== undefined,
    keys: person.keys.map((key) => listKey(key, keyOver(services, person, key, services.clock.now()))),
    trustedBrowsers: person.trustedBrowsers?.filter(({ until }) => services.clock.now() < until).length ?? 0,
    mayActivateUntil: hasPermit(person, services.clock.now()) ? iso(person.permit?.until) : null,
    maySetPasswordUntil: maySetPassword(person, services.clock.now()) ? iso(person.passwordPermit?.until) : null,
    activation: listActivation(person, services.clock.now()),
    postponements: Object.fromEntries(
      Object.entries(person.postponements).map(([factor, { count }]) => [factor, count]),
    ),
    pending: person.pending.length,
  });
}

function listActivation(person: Person, now: number): ActivationListing | null {
  const state = activationState(person, now);
  if (!state) return null;
  const { status, by, issuedAt, until, openedAt, activatedAt, triesLeft } = state;
  return {
    status,
    issuedAt: iso(issuedAt) ?? '',
    by,
    until: iso(until) ?? '',
    openedAt: iso(openedAt),
    activatedAt: iso(activatedAt),
    triesLeft,
  };
}

const iso = (instant: number | undefined): string | null =>
  instant === undefined ? null : new Date(instant).toISOString();

export function listKey(key: Key, over?: KeyOver): KeyListing {
  return {
    id: key.id,
    factor: key.factor,
    label: key.label ?? null,
    detail: key.detail,
    nature: key.nature ?? null,
    status: key.status,
    source: key.source,
    boundAt: iso(key.boundAt) ?? '',
    lastUsedAt: iso(key.lastUsedAt),
    offAt: iso(key.offAt),
    offBecause: key.offBecause ?? null,
    failures: key.attempts.count,
    over: over ?? null,
  };
}
