/**
 * Consents of a person: one for each third party, kept in the account, so that it is withdrawn and removed with one
 * write. Pure. What was issued under a consent carries its id, and counts while the account has it.
 */
import { randomBytes } from 'node:crypto';
import type { Allowance, Consent } from './consent-record.ts';
import { auditLine } from './notices.ts';
import type { Person } from './person.ts';

type Consents = Pick<Person, 'consents'> | undefined;

export const consentTo = (person: Consents, client: string): Consent | undefined =>
  person?.consents?.find((consent) => consent.client === client);

/** Whether everything that is asked for is allowed. Without a consent nothing is, not even nothing. */
export function covers(consent: Allowance | undefined, asked: Allowance): boolean {
  if (consent === undefined) return false;
  const allApis = Object.entries(asked.apis ?? {}).every(([api, scopes]) => isWithin(scopes, apiScopes(consent, api)));
  return allApis && isWithin(asked.scopes, consent.scopes);
}

/** The scopes of one API that are allowed. */
export const apiScopes = ({ apis = {} }: Allowance, api: string): readonly string[] =>
  (Object.hasOwn(apis, api) ? apis[api] : undefined) ?? [];

const isWithin = (some: readonly string[], all: readonly string[]): boolean => some.every((one) => all.includes(one));

/** The account with this consent; what was allowed before stays allowed. */
export function withConsent(person: Person, client: string, asked: Allowance, at: number): Person {
  const before = consentTo(person, client);
  const consent = before
    ? { ...before, ...union(before, asked), at }
    : { ...union({ scopes: [] }, asked), id: randomBytes(16).toString('base64url'), client, since: at, at };
  const facts = { scopes: consent.scopes, ...(consent.apis && { apis: consent.apis }) };
  const line = { at, actor: person.id, action: 'consent.given', person: person.id, client, facts };
  const others = (person.consents ?? []).filter((one) => one !== before);
  return { ...person, consents: [...others, consent], pending: [...person.pending, auditLine(line)] };
}

function union(before: Allowance, asked: Allowance): Allowance {
  const scopes = [...new Set([...before.scopes, ...asked.scopes])];
  const names = [...new Set([...Object.keys(before.apis ?? {}), ...Object.keys(asked.apis ?? {})])];
  const all = names.map((api): [string, string[]] => [
    api,
    [...new Set([...apiScopes(before, api), ...apiScopes(asked, api)])],
  ]);
  return { scopes, ...(all.length === 0 ? {} : { apis: Object.fromEntries(all) }) };
}

/** The account without this consent; unchanged where there is none such. */
export function withoutConsent(person: Person, id: string, at: number): Person {
  const { consents = [], ...rest } = person;
  const withdrawn = consents.find((consent) => consent.id === id);
  if (!withdrawn) return person;
  const { client } = withdrawn;
  const line = auditLine({ at, actor: person.id, action: 'consent.withdrawn', person: person.id, client });
  const left = consents.filter((consent) => consent !== withdrawn);
  return { ...rest, ...(left.length === 0 ? {} : { consents: left }), pending: [...person.pending, line] };
}

/** Whether a consent that the account had is not there any more. */
export const isConsentLost = (before: Pick<Person, 'consents'>, after: Pick<Person, 'consents'>): boolean =>
  (before.consents ?? []).some(({ id }) => !after.consents?.some((consent) => consent.id === id));
