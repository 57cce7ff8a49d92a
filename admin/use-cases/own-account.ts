/**
 * What a person sees of their own account, and changes without a further proof: names of keys, language, trust of
 * browsers, sessions.
 */
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Consent } from '../../accounts/consent-record.ts';
import { withoutConsent } from '../../accounts/consents.ts';
import type { DeviceKind } from '../../accounts/device-kind.ts';
import { defined } from '../../accounts/defined.ts';
import { keyLabel } from '../../accounts/key-label.ts';
import { auditLine } from '../../accounts/notices.ts';
import type { Activity } from '../../accounts/person-history.ts';
import type { Key, Person } from '../../accounts/person.ts';
import { addPending } from '../../accounts/person-store.ts';
import { withoutTrustedBrowser } from '../../accounts/trusted-browsers.ts';
import { spareAdvice } from '../../digital-keys/advise-spare.ts';
import { keyOver, type KeyOver } from '../../digital-keys/key-over.ts';
import type { FactorId, Language } from '../../factors/contract.ts';
import { effective, maySignIn } from '../../factors/policy/lifecycle.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { signsInNow, type SignsInParts } from './signs-in.ts';

export interface OwnKeyListing {
  readonly id: string;
  readonly factor: FactorId;
  readonly label?: string;
  readonly detail: string;
  readonly nature?: string;
  readonly boundAt: number;
  readonly lastUsedAt?: number;
  readonly lastUsedOn?: DeviceKind;
  /** Over by its factor's word. */
  readonly spent?: KeyOver;
  readonly blocked: boolean;
  /** Its last day, where one was told. `lastDay`: an instant of it. */
  readonly ending?: { readonly over: boolean; readonly lastDay: number; readonly zone: string };
}

export interface OwnAccount {
  readonly id: string;
  readonly displayName: string;
  readonly username: string;
  readonly language: Language;
  readonly email?: string;
  readonly emailProven: boolean;
  readonly keys: readonly OwnKeyListing[];
  /** Why another key would be good: one alone signs in, or each is on one device only. */
  readonly advice?: 'single' | 'device-bound';
  /** The masked number for text messages; absent: the deployment has no such keys. */
  readonly phone?: { readonly number?: string };
  /** The last sign-ins, refused ones too; the newest first. */
  readonly activity: readonly Activity[];
  /** What third parties may have, the last allowed first. */
  readonly consents: readonly Consent[];
  readonly browsers: readonly {
    readonly id: string;
    readonly hash: string;
    readonly grantedAt: number;
    readonly until: number;
  }[];
}

type Reads = Pick<Services, 'people' | 'schedules' | 'clock'> & SignsInParts;

/** @param id of the account */
export async function ownAccount(services: Reads, id: string): Promise<Outcome<OwnAccount>> {
  const { people } = services;
  // The provider has just read the account for this request.
  const seen = people.seen(id)?.person;
  const [person, schedules] = await Promise.all([seen ?? people.get(id), services.schedules.current()]);
  if (!person || person.removedAt !== undefined || person.disabled) return gone();
  const { clock, settings } = services;
  const now = clock.now();
  const held = person.keys.filter(({ status }) => status !== 'off');
  const isOn = ({ factor }: Key): boolean => settings.factors[factor]?.enabled === true;
  const working = held.filter(signsInNow(services, schedules, person, now));
  return done({
    id,
    displayName:
      [person.givenName, person.familyName].filter((name) => name !== undefined).join(' ') || person.username,
    username: person.username,
    language: person.language,
    ...defined({ email: person.email?.address }),
    emailProven: person.email?.verifiedAt !== undefined,
    keys: held.filter(isOn).map((key) => listKey(services, key, person, schedules, now)),
    ...defined({
      advice: spareAdvice(working, (id) => services.registry.get(id)?.traits.inHand?.includes('fob') === true),
      phone: phoneOf(services, held),
    }),
    activity: (person.activity ?? []).toReversed().toSorted((a, b) => b.at - a.at),
    consents: (person.consents ?? []).toSorted((a, b) => b.at - a.at),
    browsers: (person.trustedBrowsers ?? []).filter(({ until }) => now < until),
  });
}

function phoneOf({ registry, settings }: Pick<Reads, 'registry' | 'settings'>, held: readonly Key[]) {
  const isPhone = (factor: FactorId): boolean => registry.get(factor)?.traits.sends === 'sms';
  if (!Object.entries(settings.factors).some(([id, { enabled }]) => enabled && isPhone(id))) return undefined;
  return defined({ number: held.find(({ factor }) => isPhone(factor))?.detail });
}

function listKey(services: SignsInParts, key: Key, person: Person, schedules: Schedules, now: number): OwnKeyListing {
  const { id, factor, label, detail, nature, boundAt, lastUsedAt, lastUsedOn, status } = key;
  const schedule = schedules[factor];
  const dates = schedule && effective(schedule, circumstancesOf(person), now);
  const isTold = dates !== undefined && dates.status !== 'active' && dates.sunsetAt !== undefined;
  return {
    id,
    factor,
    detail,
    boundAt,
    blocked: status === 'blocked',
    ...defined({ label, nature, lastUsedAt, lastUsedOn, spent: keyOver(services, person, key, now) }),
    ...(isTold
      ? { ending: { over: !maySignIn(dates.status), lastDay: (dates.sunsetAt ?? 0) - 1, zone: dates.zone } }
      : {}),
  };
}

const gone = () => refuse('person_unknown', 'There is no such account any more.');

type Writes = Pick<Services, 'people' | 'clock'>;

/** @param label as written; none or an empty one takes the name off */
export async function renameKey(
  { people, clock }: Writes,
  { person: id, key, label }: { readonly person: string; readonly key: string; readonly label: string | undefined },
): Promise<Outcome<{ readonly changed: boolean }>> {
  const name = keyLabel(label);
  const updated = await people.update(id, (person) => {
    const found = person.keys.find((one) => one.id === key && one.status !== 'off');
    if (!found) return { result: 'unknown' };
    if (found.label === name) return { result: 'same' };
    const { label: _before, ...rest } = found;
    const renamed = person.keys.map((one) => (one === found ? { ...rest, ...defined({ label: name }) } : one));
    const line = { at: clock.now(), actor: id, action: 'key.renamed', person: id, factor: found.factor, key };
    return { account: addPending({ ...person, keys: renamed }, auditLine(line)), result: 'renamed' };
  });
  if (updated === undefined || updated.result === 'unknown')
    return refuse('key_unknown', 'You have no such key any more.');
  return done({ changed: updated.result === 'renamed' });
}

export async function chooseLanguage(
  { people, clock }: Writes,
  { person: id, language }: { readonly person: string; readonly language: Language },
): Promise<Outcome<{ readonly changed: boolean }>> {
  const written = await people.change(id, (person) => {
    if (person.language === language) return undefined;
    const facts = { changed: ['language'] };
    const line = { at: clock.now(), actor: id, action: 'person.changed', person: id, facts };
    return addPending({ ...person, language }, auditLine(line));
  });
  return done({ changed: written !== undefined });
}

/** One browser is trusted no more: at its next sign-in the key is asked there again. */
export async function endBrowser(
  { people, clock }: Writes,
  { person: id, browser }: { readonly person: string; readonly browser: string },
): Promise<Outcome<{ readonly changed: boolean }>> {
  const written = await people.change(id, (person) => {
    const without = withoutTrustedBrowser(person, browser, clock.now());
    return without === person ? undefined : without;
  });
  return done({ changed: written !== undefined });
}

/** A third party gets nothing any more: its sessions, grants and tokens of this person end. */
export async function withdrawConsent(
  { people, clock }: Writes,
  { person: id, consent }: { readonly person: string; readonly consent: string },
): Promise<Outcome<{ readonly changed: boolean }>> {
  const written = await people.change(id, (person) => {
    const without = withoutConsent(person, consent, clock.now());
    return without === person ? undefined : without;
  });
  return done({ changed: written !== undefined });
}
