/**
 * The changes of a person that an administrator can make, as one pure function: name, language, address, groups,
 * claims, whether the account is disabled, and a given password. Not the keys. Called by `person set` and `person
 * import --update`.
 */
import { auditLine } from '../../accounts/notices.ts';
import { addPending } from '../../accounts/person-store.ts';
import { canonicalJson } from '../../accounts/account-mac.ts';
import type { Password, Person } from '../../accounts/person.ts';
import type { ChangeAddress } from '../../digital-keys/change-address.ts';

/** Absent members stay. */
export interface PersonChanges {
  /** Empty: none. */
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
  readonly language?: Person['language'] | undefined;
  /** `verified`: the administrator guarantees it; otherwise a different address is unproven. */
  readonly email?: { readonly address: string; readonly verified: boolean } | undefined;
  /** All of them. */
  readonly groups?: readonly string[] | undefined;
  readonly claims?: Person['claims'] | undefined;
  readonly disabled?: boolean | undefined;
  /** A different one than before. */
  readonly password?: Password | undefined;
}

interface By {
  readonly addresses: ChangeAddress;
  readonly by: string;
  readonly now: number;
  readonly reason?: string | undefined;
}

export interface ChangedPerson {
  readonly person: Person;
  /** Members that changed; none: the result is the same object. */
  readonly changed: readonly (keyof PersonChanges)[];
}

/** With its audit event and mails. No audit event contains names or addresses. */
export function changedPerson(
  person: Person,
  changes: PersonChanges,
  { addresses, by, now, reason }: By,
): ChangedPerson {
  const changed = membersOf(person, changes);
  if (changed.length === 0) return { person, changed };
  const is = new Set(changed);
  const { givenName, familyName, ...rest } = person;
  const named = {
    ...rest,
    ...nameOf('givenName', is.has('givenName') ? changes.givenName : givenName),
    ...nameOf('familyName', is.has('familyName') ? changes.familyName : familyName),
  };
  const { language, groups, claims, disabled = person.disabled, password } = changes;
  const simple: Person = {
    ...named,
    ...(language === undefined ? {} : { language }),
    ...(groups && is.has('groups') ? { groups } : {}),
    ...(claims && is.has('claims') ? { claims } : {}),
    ...(password === undefined ? {} : { password }),
    disabled,
    ...(disabled && !person.disabled ? { sessionsEnded: (person.sessionsEnded ?? 0) + 1 } : {}),
  };
  const { email } = changes;
  const moved = email && is.has('email') ? addresses.change(simple, email.address, by, now, email.verified) : simple;
  const facts = {
    changed,
    ...(is.has('groups') ? { groupsBefore: person.groups, groupsAfter: groups } : {}),
    ...(is.has('language') ? { languageBefore: person.language, languageAfter: language } : {}),
    ...(reason === undefined ? {} : { reason: reason.trim() }),
  };
  const line = (action: string, said: Readonly<Record<string, unknown>>) =>
    auditLine({ at: now, actor: by, action, person: person.id, facts: said });
  const state = is.has('disabled') ? [line(disabled ? 'person.disabled' : 'person.enabled', {})] : [];
  return { changed, person: addPending(moved, line('person.changed', facts), ...state) };
}

function membersOf(person: Person, changes: PersonChanges): readonly (keyof PersonChanges)[] {
  const { givenName, familyName, language, email, groups, claims, disabled, password } = changes;
  const differs: Readonly<Record<keyof PersonChanges, boolean>> = {
    givenName: givenName !== undefined && givenName !== (person.givenName ?? ''),
    familyName: familyName !== undefined && familyName !== (person.familyName ?? ''),
    language: language !== undefined && language !== person.language,
    email:
      email !== undefined &&
      (email.address !== person.email?.address || (email.verified && person.email.verifiedAt === undefined)),
    groups: groups !== undefined && spelt(groups) !== spelt(person.groups),
    claims: claims !== undefined && canonicalJson(claims) !== canonicalJson(person.claims ?? {}),
    disabled: disabled !== undefined && disabled !== person.disabled,
    password: password !== undefined,
  };
  return (Object.keys(differs) as (keyof PersonChanges)[]).filter((member) => differs[member]);
}

/** Their order, and repetitions, have no meaning. */
const spelt = (groups: readonly string[]): string => JSON.stringify([...new Set(groups)].toSorted());

const nameOf = <K extends string>(member: K, name: string | undefined): { readonly [key in K]?: string } =>
  (name === undefined || name === '' ? {} : { [member]: name }) as { readonly [key in K]?: string };
