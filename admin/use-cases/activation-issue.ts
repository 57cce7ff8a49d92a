/**
 * Issues an activation: a link by mail, and a code for a letter, which is given to the caller once and kept nowhere.
 * Nothing of the account changes before both are used; an earlier activation is void. The same for the first time and
 * for a person who has lost every key.
 */
import {
  codeDigest,
  linkDigest,
  makeLinkToken,
  writeLinkToken,
  type LinkToken,
} from '../../accounts/activation-secrets.ts';
import { withActivation } from '../../accounts/activation.ts';
import { maskAddress } from '../../accounts/mail-address.ts';
import { auditLine, notice } from '../../accounts/notices.ts';
import { makePaperCode } from '../../accounts/paper-code.ts';
import { addPending } from '../../accounts/person-store.ts';
import type { Person } from '../../accounts/person.ts';
import type { Language } from '../../factors/contract.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { changeAccount, type WriteParts } from './account-write.ts';
import { whyNoActivation } from './by-activation.ts';
import { findPerson } from './person-show.ts';

export interface ActivationRequest {
  /** User name or id. */
  readonly person: string;
  readonly by: string;
  /** Default: `activation.days` of the configuration. */
  readonly days?: number | undefined;
  /** Stored in the audit log. */
  readonly reason?: string | undefined;
  /** Id of the activation that must be the present one, or empty for none: against two letters at once. */
  readonly expected?: string | undefined;
}

export interface ActivationIssued {
  readonly person: string;
  readonly username: string;
  /** Masked. */
  readonly email: string;
  /** The person's: the letter is written in it. */
  readonly language: Language;
  /** ISO 8601. */
  readonly until: string;
  /** For the letter, and for nothing else: it is kept nowhere. */
  readonly paperCode: string;
}

type Parts = WriteParts & Pick<Services, 'secretBox'>;

const day = 86_400_000;

export async function issueActivation(
  services: Parts,
  { person: who, by, reason, expected, days = services.settings.activation.days }: ActivationRequest,
): Promise<Outcome<ActivationIssued>> {
  const { clock, settings } = services;
  if (!settings.activation.enabled)
    return refuse('activation_off', 'This deployment has no activation by link and paper code.');
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const { id, username } = found.value;
  const at = clock.now();
  const secrets = { token: makeLinkToken(), code: makePaperCode() };
  const changed = await changeAccount<Told | undefined>(services, id, (person) => {
    const isOther = expected !== undefined && (person.activation?.id ?? '') !== expected;
    const fault = whyNoActivation(person, settings) ?? (isOther ? 'activation_changed' : undefined);
    return fault === undefined
      ? { account: issued(services, person, secrets, { at, until: at + days * day, by, reason }), result: undefined }
      : { result: fault };
  });
  if (!changed.ok) return changed;
  const updated = changed.value;
  const { account } = updated ?? {};
  if (!account) {
    const code = updated?.result ?? 'person_disabled';
    return refuse(code, sentences[code](username));
  }
  const { email, language, activation } = account;
  return done({
    person: id,
    username,
    email: maskAddress(email?.address ?? ''),
    language,
    until: new Date(activation?.until ?? at).toISOString(),
    paperCode: secrets.code,
  });
}

function issued(
  { settings, secretBox }: Parts,
  person: Person,
  { token, code }: { readonly token: LinkToken; readonly code: string },
  {
    at,
    until,
    by,
    reason,
  }: { readonly at: number; readonly until: number; readonly by: string; readonly reason: string | undefined },
): Person {
  const { id } = token;
  const activation = {
    id,
    link: linkDigest(secretBox, token),
    code: codeDigest(secretBox, id, code),
    address: person.email?.address ?? '',
    at,
    until,
    by,
  };
  const facts = { activation: id, until, ...(reason === undefined ? {} : { reason }) };
  return addPending(
    withActivation(person, activation),
    auditLine({ at, actor: by, action: 'activation.issued', person: person.id, facts }),
    ...notice(person, 'activation', { until, link: `${settings.issuer}/activate/${writeLinkToken(token)}` }, at),
  );
}

const sentences = {
  activation_changed: (who: string) => `${who} has been given another activation meanwhile.`,
  person_disabled: (who: string) => `The account of ${who} is gone or disabled.`,
  mailbox_unusable: (who: string) => `${who} has no e-mail address that a link could be mailed to.`,
} as const;
type Told = keyof typeof sentences;
