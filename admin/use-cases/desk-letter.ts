/**
 * A desk issues an activation: the link goes by mail, the code into a letter that is printed once. Nobody at the desk
 * sees the code on a page, and no desk changes the address that the link goes to.
 */
import { activationStatus, type ActivationStatus } from '../../accounts/activation.ts';
import type { Language } from '../../factors/contract.ts';
import { personFacts } from '../../digital-keys/key-changes.ts';
import type { DeskRecords } from '../desk-records.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import type { WriteParts } from './account-write.ts';
import { issueActivation } from './activation-issue.ts';
import { isNew, isProtected, type Clerk } from './desk-clerk.ts';
import { documentKinds } from './person-register.ts';

/** What a letter says. */
export interface Letter {
  readonly displayName: string;
  readonly language: Language;
  readonly code: string;
  /** First instant (ms) at which link and code are no longer valid. */
  readonly until: number;
}

type Parts = WriteParts & Pick<Services, 'secretBox'>;

export interface LetterRequest {
  /** User name or id. */
  readonly person: string;
  readonly by: string;
  readonly days?: number | undefined;
  readonly reason?: string | undefined;
  /** Id of the activation that the person had when it was asked for, or empty: another one meanwhile is a refusal. */
  readonly expected?: string;
}

export interface LetterIssued {
  readonly person: string;
  readonly username: string;
  /** Masked. */
  readonly email: string;
  readonly until: string;
  readonly activation: string;
  readonly letter: Letter;
}

/** For an administrator, who may issue it for everybody. */
export async function issueLetter(services: Parts, request: LetterRequest): Promise<Outcome<LetterIssued>> {
  const issued = await issueActivation(services, request);
  if (!issued.ok) return issued;
  const { paperCode, language, until, person: id, username, email } = issued.value;
  const person = await services.people.get(id);
  const displayName = person ? personFacts(person).displayName : username;
  const letter = { displayName, language, code: paperCode, until: Date.parse(until) };
  return done({ person: id, username, email, until, activation: person?.activation?.id ?? '', letter });
}

type DeskParts = Parts & { readonly records: DeskRecords };

export interface DeskLetterRequest {
  /** Id of the account. */
  readonly person: string;
  readonly expected: string;
  /** One of `documentKinds`; not needed right after the registration. */
  readonly document: string | undefined;
}

/** For a clerk: not for another clerk, oneself, or somebody in a protected group. */
export async function issueAtDesk(
  services: DeskParts,
  clerk: Clerk,
  { person: id, expected, document }: DeskLetterRequest,
): Promise<Outcome<LetterIssued>> {
  const { people, settings, clock, records } = services;
  const person = await people.get(id);
  if (!person || person.removedAt !== undefined) return refuse('person_unknown', 'There is no such person.');
  if (isProtected(person, settings)) return refuse('person_protected', 'An administrator does this, not a desk.');
  if ((person.activation?.id ?? '') !== expected) return refuse('activation_changed', 'A letter was made meanwhile.');
  const kind = documentKinds.find((one) => one === document);
  if (kind === undefined && !isNew(person))
    return refuse('document_unchecked', 'Say which document you have looked at.');
  const issued = await issueLetter(services, { person: id, by: clerk.id, expected, reason: kind });
  if (!issued.ok) return issued;
  const { activation } = issued.value;
  await records.addLetter({ desk: clerk.desk, by: clerk.id, person: id, activation, at: clock.now() });
  return issued;
}

export interface DeskListing {
  readonly person: string;
  readonly displayName: string;
  readonly at: number;
  /** The clerk's name. */
  readonly by: string;
  /** `replaced`: a newer letter was printed; `gone`: the account is. */
  readonly status: ActivationStatus | 'replaced' | 'gone';
}

export const listPage = 20;
/** Further back nothing is listed: a person is found by name then. */
const mostPages = 25;

/** One page of what a desk issued, the newest first. @param page from 1 on */
export async function listAtDesk(
  { people, clock, records }: DeskParts,
  { desk }: Clerk,
  page: number,
): Promise<{ readonly items: readonly DeskListing[]; readonly hasMore: boolean }> {
  const from = (Math.min(page, mostPages) - 1) * listPage;
  const letters = await records.letters(desk, from + listPage + 1);
  const now = clock.now();
  const nameOf = async (id: string): Promise<string> => {
    const person = await people.get(id);
    return person && person.removedAt === undefined ? personFacts(person).displayName : '';
  };
  const shown = letters.slice(from, from + listPage);
  const items = await Promise.all(
    shown.map(async (letter): Promise<DeskListing> => {
      const person = await people.get(letter.person);
      const by = await nameOf(letter.by);
      if (!person || person.removedAt !== undefined)
        return { person: '', displayName: '', at: letter.at, by, status: 'gone' };
      const isPresent = person.activation?.id === letter.activation;
      const status = isPresent ? (activationStatus(person, now) ?? 'replaced') : 'replaced';
      return { person: person.id, displayName: personFacts(person).displayName, at: letter.at, by, status };
    }),
  );
  return { items, hasMore: letters.length > from + listPage && page < mostPages };
}
