/**
 * Finds a person for a clerk who has somebody in front of the desk: by the exact e-mail address, the user name, or the
 * family name with the birth date. Never by browsing: what is not given exactly finds nobody, each search counts against
 * a limit of the clerk, and each is in the audit log.
 */
import { activationStatus, type ActivationStatus } from '../../accounts/activation.ts';
import { maskAddress } from '../../accounts/mail-address.ts';
import { hasOwnName } from '../../accounts/own-name.ts';
import { newPendingId } from '../../accounts/pending-id.ts';
import type { Person } from '../../accounts/person.ts';
import { localPartOf } from '../../accounts/shared-mailbox.ts';
import { foldName } from '../../accounts/unique-values.ts';
import type { Language } from '../../factors/contract.ts';
import { personFacts } from '../../digital-keys/key-changes.ts';
import type { DeskRecords } from '../desk-records.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { isNew, isProtected, type Clerk } from './desk-clerk.ts';

export interface DeskPerson {
  readonly id: string;
  readonly displayName: string;
  /** Absent: the person has not chosen one yet. */
  readonly username?: string;
  /** Masked. */
  readonly email?: string;
  readonly birthdate?: string;
  readonly language: Language;
  readonly disabled: boolean;
  /** A desk may do nothing for this person. */
  readonly isProtected: boolean;
  /** Registered, and nothing was issued yet: the document has just been looked at. */
  readonly isNew: boolean;
  readonly activation?: {
    readonly id: string;
    readonly status: ActivationStatus;
    readonly at: number;
    readonly until: number;
  };
}

export type DeskQuery =
  | { readonly by: 'email'; readonly email: string }
  | { readonly by: 'username'; readonly username: string }
  | { readonly by: 'birthdate'; readonly familyName: string; readonly birthdate: string };

type Parts = Pick<Services, 'people' | 'clock' | 'settings' | 'audit'> & { readonly records: DeskRecords };

/** A search counts as several looks at a person whose page is known. */
const searchWeight = 5;
const bounds = [
  { window: 'hour', most: 300 },
  { window: 'day', most: 1500 },
] as const;
/** More people of one family name and birth date are not listed: the first name must be known too. */
const mostFound = 10;

export async function findForDesk(
  services: Parts,
  clerk: Clerk,
  query: DeskQuery,
): Promise<Outcome<readonly DeskPerson[]>> {
  if (!(await mayLook(services, clerk, searchWeight))) return tooMany();
  const found = (await search(services, query)).filter(({ removedAt }) => removedAt === undefined).slice(0, mostFound);
  await note(services, clerk, query.by, found);
  return done(found.map((person) => listing(services, person)));
}

/** The page of one person, who was found or registered before. */
export async function showForDesk(services: Parts, clerk: Clerk, id: string): Promise<Outcome<DeskPerson>> {
  if (!(await mayLook(services, clerk, 1))) return tooMany();
  const person = await services.people.get(id);
  if (!person || person.removedAt !== undefined) return refuse('person_unknown', 'There is no such person.');
  await note(services, clerk, 'page', [person]);
  return done(listing(services, person));
}

const tooMany = () => refuse('lookups_too_many', 'You have looked for people too often. Go on in an hour.');

async function mayLook({ records, clock }: Parts, { id }: Clerk, weight: number): Promise<boolean> {
  return (await records.lookups.take(id, weight, bounds, clock.now())).ok;
}

async function search({ people }: Parts, query: DeskQuery): Promise<readonly Person[]> {
  if (query.by === 'username') {
    const person = await people.findByUsername(query.username);
    return person ? [person] : [];
  }
  if (query.by === 'email') {
    const wanted = query.email.trim().toLowerCase();
    const all = await people.withMailbox(localPartOf(wanted));
    return all.filter(({ email }) => email?.address.toLowerCase() === wanted);
  }
  const name = foldName(query.familyName);
  const all = await people.withBirthdate(query.birthdate.trim());
  return name === '' ? [] : all.filter(({ familyName = '' }) => foldName(familyName) === name);
}

/** What was typed is not kept, but who was seen. */
async function note(
  { audit, clock }: Parts,
  clerk: Clerk,
  by: DeskQuery['by'] | 'page',
  found: readonly Person[],
): Promise<void> {
  const [first] = found;
  const facts = {
    by,
    found: found.length,
    desk: clerk.desk,
    ...(found.length > 1 ? { people: found.map(({ id }) => id) } : {}),
  };
  const event = { at: clock.now(), actor: clerk.id, action: 'person.looked-up', facts };
  await audit.append([
    { id: newPendingId(), event: found.length === 1 && first ? { ...event, person: first.id } : event },
  ]);
}

function listing({ settings, clock }: Parts, person: Person): DeskPerson {
  const { id, username, email, claims, language, disabled, activation } = person;
  const status = activationStatus(person, clock.now());
  return {
    id,
    displayName: personFacts(person).displayName,
    ...(hasOwnName(person) ? { username } : {}),
    ...(email === undefined ? {} : { email: maskAddress(email.address) }),
    ...(claims?.birthdate === undefined ? {} : { birthdate: claims.birthdate }),
    language,
    disabled,
    isProtected: isProtected(person, settings),
    isNew: isNew(person),
    ...(activation && status
      ? { activation: { id: activation.id, status, at: activation.at, until: activation.until } }
      : {}),
  };
}
