/**
 * Registers a person who comes for the first time: an account without user name, password and key, which the person
 * gets by an activation (activation-issue.ts). The number of the document is not asked and not kept.
 */
import { randomBytes } from 'node:crypto';
import { auditLine } from '../../accounts/notices.ts';
import { placeholderName } from '../../accounts/own-name.ts';
import type { Person } from '../../accounts/person.ts';
import { addPending } from '../../accounts/person-store.ts';
import { isSharedMailbox, localPartOf } from '../../accounts/shared-mailbox.ts';
import { foldName } from '../../accounts/unique-values.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { personFrom, readPersonLine, type PersonLine } from './person-line.ts';

/** Kinds of documents that show who a person is. */
export const documentKinds = ['identity-card', 'passport', 'residence-permit'] as const;
export type DocumentKind = (typeof documentKinds)[number];

export const registrationFields = ['givenName', 'familyName', 'email', 'language', 'birthdate', 'document'] as const;
export type RegistrationField = (typeof registrationFields)[number];

/** As typed; an empty field counts as absent. */
export type Typed = Readonly<Partial<Record<RegistrationField, string>>>;

export interface Registration {
  readonly line: PersonLine & { readonly givenName: string; readonly familyName: string; readonly email: string };
  readonly document: DocumentKind;
}

export type ReadRegistration =
  | { readonly ok: true; readonly registration: Registration }
  /** The first of each field; `says` does not repeat what was typed. */
  | { readonly ok: false; readonly faults: readonly { readonly field: RegistrationField; readonly says: string }[] };

type Parts = Pick<Services, 'people' | 'clock' | 'settings' | 'secretBox'>;

/** Reads what was typed, or names every field that is wrong. */
export function readRegistration(
  { settings, clock }: Pick<Parts, 'settings' | 'clock'>,
  typed: Typed,
): ReadRegistration {
  const given = Object.fromEntries(Object.entries(typed).filter(([, value]) => value.trim() !== ''));
  const { document, birthdate, ...rest } = given as Typed;
  const faults = new Map<RegistrationField, string>();
  const found = (field: RegistrationField, says: string) => faults.has(field) || faults.set(field, says);
  for (const field of ['givenName', 'familyName', 'email', 'language'] as const)
    if (rest[field] === undefined) found(field, 'is missing');
  const claims = birthdate === undefined ? {} : { claims: { birthdate } };
  const read = readPersonLine(JSON.stringify({ ...rest, ...claims, username: 'new', emailVerified: false }));
  if (!read.ok)
    for (const fault of read.faults) {
      const field = registrationFields.find((name) => fault.includes(name));
      found(field ?? 'givenName', fault.replace(/^.*?: /, ''));
    }
  if (birthdate !== undefined && !isPastDay(birthdate, clock.now()))
    found('birthdate', 'must be a day that is over, as YYYY-MM-DD');
  const kind = documentKinds.find((one) => one === document);
  if (kind === undefined) found('document', `must be one of ${documentKinds.join(', ')}`);
  if (read.ok && isBarred(read.line.email ?? '', settings)) found('email', 'is a mailbox that several people read');
  if (faults.size > 0 || !read.ok || kind === undefined)
    return { ok: false, faults: [...faults].map(([field, says]) => ({ field, says })) };
  return { ok: true, registration: { line: read.line as Registration['line'], document: kind } };
}

function isPastDay(written: string, now: number): boolean {
  const day = /^(?!0000)\d{4}-\d{2}-\d{2}$/.test(written) ? Date.parse(`${written}T00:00:00Z`) : Number.NaN;
  return day < now && new Date(day).toISOString().startsWith(written);
}

const isBarred = (address: string, { sharedMailboxes }: Services['settings']): boolean =>
  !sharedMailboxes.mayEnrol && isSharedMailbox(address, sharedMailboxes.localParts);

/** The account is made at once; of several registrations of one person at the same time one makes it. */
export async function registerPerson(
  services: Parts,
  { line, document }: Registration,
  by: string,
): Promise<Outcome<{ readonly person: string }>> {
  if (await isKnown(services, line)) return known();
  const { people, clock, settings, secretBox } = services;
  const at = clock.now();
  const id = randomBytes(16).toString('base64url');
  const facts = { ...line, birthdate: line.claims?.birthdate };
  const username = placeholderName(facts, (text) => secretBox.digest(text, 'registered person'));
  const person = personFrom({ ...line, username }, id, settings.defaultLanguage, at);
  const event = { at, actor: by, action: 'person.registered', person: id, facts: { document } };
  const added = await people.add(addPending(person, auditLine(event)));
  return added.ok ? done({ person: id }) : known();
}

const known = () => refuse('person_known', 'This person has an account already: find it, and print a new letter.');

/** Somebody of this name has the same address, or the same birth date. */
export async function isKnown({ people }: Pick<Parts, 'people'>, line: Registration['line']): Promise<boolean> {
  const birthdate = line.claims?.birthdate;
  const others = [
    ...(await people.withMailbox(localPartOf(line.email))).filter(
      ({ email }) => email && isSame(email.address, line.email),
    ),
    ...(birthdate === undefined ? [] : await people.withBirthdate(birthdate)),
  ];
  return others.some((other) => other.removedAt === undefined && isNamedAs(other, line));
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const isNamedAs = (person: Person, { givenName, familyName }: Registration['line']): boolean =>
  foldName(person.familyName ?? '') === foldName(familyName) &&
  foldName(person.givenName ?? '') === foldName(givenName);
