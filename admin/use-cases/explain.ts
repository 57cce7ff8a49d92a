/**
 * Explains what a person sees: which keys count at a relying party and an instant, which rule decided each last day,
 * and which pages follow. Asks the decider of every sign-in with that instant; writes nothing and signs nobody in. It
 * knows nothing of a live session, a trusted browser, or the parameters of the request.
 */
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Key, Person } from '../../accounts/person.ts';
import { decidingDates } from '../../factors/policy/deciding-dates.ts';
import { effective, maySignIn } from '../../factors/policy/lifecycle.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import type { FactorStatus, Level } from '../../factors/policy/types.ts';
import type { SignInContext } from '../../interactions/context.ts';
import { decisionRules } from '../../interactions/decision-rules.ts';
import type { Next } from '../../interactions/next-step.ts';
import type { PagesAhead } from '../../interactions/pages-ahead.ts';
import type { Prospect, WhyStranded } from '../../interactions/prospect.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { bothInstants, deciderInWords, lastDayInWords } from './date-words.ts';
import { keyOver, type KeyOver } from '../../digital-keys/key-over.ts';
import { readInstant } from './instant-meant.ts';
import { findPerson } from './person-show.ts';
import { prospect } from './prospects.ts';
import { zoneOfDates } from './zone-of-dates.ts';
import { signInAhead, type AheadParts, type SignInMeant } from './sign-in-ahead.ts';

export interface ExplainRequest {
  /** User name or id. */
  readonly person: string;
  readonly client: string;
  /** As an administrator writes it; absent: now. */
  readonly at?: string | undefined;
}

export interface ExplainedKey {
  readonly id: string;
  readonly factor: string;
  readonly status: Key['status'];
  readonly factorStatus: FactorStatus;
  /** Whether it signs in at this relying party at that instant. */
  readonly counts: boolean;
  /** Why, or why not; and which rule gave its last day. */
  readonly says: string;
}

export interface Explained {
  readonly person: string;
  readonly username: string;
  readonly client: string;
  readonly level: Level;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly zone: string;
  readonly disabled: boolean;
  readonly keys: readonly ExplainedKey[];
  /** In order; the last one is the result of the sign-in. */
  readonly pages: readonly Next[];
  /** The factor that is asked for; if the person may choose, the best one that counts. */
  readonly asked: string | null;
  /** What the pre-flight of dates says of this person there and then; it does not see that a key is used up. */
  readonly wayIn: Prospect['kind'];
  readonly says: string;
}

type Parts = AheadParts & Pick<Services, 'people'>;

export async function explain(services: Parts, request: ExplainRequest): Promise<Outcome<Explained>> {
  const read = await readSignIn(services, request);
  return read.ok ? done(await explainSignIn(services, read.value)) : read;
}

/** The audit events and messages of a sign-in; also for the preview of its pages. */
export async function readSignIn(services: Parts, request: ExplainRequest): Promise<Outcome<SignInMeant>> {
  const found = await findPerson(services, request.person);
  if (!found.ok) return found;
  const { client } = request;
  if (!decisionRules(services).clients.has(client)) return noClient(client);
  const zone = zoneFor(services, found.value, await services.schedules.current());
  const given = request.at === undefined ? done(services.clock.now()) : readInstant(request.at, zone);
  return given.ok ? done({ person: found.value, client, at: given.value, zone }) : given;
}

export const noClient = (client: string) => refuse('client_unknown', `There is no relying party ${client}.`);

/** @param meant at a relying party that exists */
export async function explainSignIn(
  services: Parts,
  { person, client: id, at, zone }: SignInMeant,
): Promise<Explained> {
  const { begun, ahead } = await signInAhead(services, { person, client: id, at, zone });
  const known = begun.with({ person });
  const found = prospect(decisionRules(services), await services.schedules.current(), person, id, at);
  return {
    person: person.id,
    username: person.username,
    client: id,
    level: begun.level,
    at: new Date(at).toISOString(),
    zone,
    disabled: person.disabled,
    keys: person.keys
      .filter(isToldOf)
      .map((key) => explainKey(key, known, { person, at, over: keyOver(services, person, key, at) })),
    pages: ahead.pages.map(({ page }) => page),
    asked: ahead.asked ?? null,
    wayIn: found.kind,
    says: person.disabled ? 'The account is disabled: nothing opens.' : inWords(ahead, found),
  };
}

/** Of the first of the person's factors that has dates, else of the deployment. */
export const zoneFor = ({ settings }: Pick<Services, 'settings'>, { keys }: Person, schedules: Schedules): string =>
  zoneOfDates(
    settings,
    keys.flatMap(({ factor }) => (Object.hasOwn(schedules, factor) ? [schedules[factor]] : [])).find(Boolean),
  );

/** Keys that are off are history, but for those that were deleted by the dates of their factor. */
const isToldOf = ({ status, offBecause }: Key): boolean => status !== 'off' || offBecause === 'purged';

function explainKey(
  { id, factor, status, offAt }: Key,
  context: SignInContext,
  { person, at, over }: { readonly person: Person; readonly at: number; readonly over: KeyOver | undefined },
): ExplainedKey {
  const schedule = Object.hasOwn(context.schedules, factor) ? context.schedules[factor] : undefined;
  const circumstances = circumstancesOf(person, context.client.id);
  const factorStatus = schedule ? effective(schedule, circumstances, at).status : 'active';
  const sunset = schedule && decidingDates(schedule, circumstances).sunsetAt;
  const dated = sunset
    ? `; ${deciderInWords(sunset.by)} decides: until and including ${lastDayInWords(sunset.instant, schedule.zone)} (over from ${bothInstants(sunset.instant, schedule.zone)})`
    : '; no last day';
  const why =
    status === 'off' ? deleted(offAt) : (whyNot(factor, status, factorStatus, context) ?? (over && whyOver[over]));
  const counts = why === undefined;
  return { id, factor, status, factorStatus, counts, says: `${counts ? 'counts' : `does not count: ${why}`}${dated}` };
}

const whyOver: Readonly<Record<KeyOver, string>> = {
  key_expired: 'it has expired (key_expired)',
  key_exhausted: 'it is used up (key_exhausted)',
  key_state_unreadable: 'its secret state is unreadable (key_state_unreadable)',
};

const deleted = (at: number | undefined): string =>
  `its secret was deleted${at === undefined ? '' : ` on ${new Date(at).toISOString()}`}, since the day of deletion had come`;

function whyNot(
  factor: string,
  status: Key['status'],
  factorStatus: FactorStatus,
  { client, factors, suitable, level }: SignInContext,
): string | undefined {
  if (status === 'blocked') return 'the key is blocked';
  if (!factors.some((rule) => rule.factor.id === factor)) return 'the factor is not on offer';
  if (client.accepts && !client.accepts.includes(factor)) return `${client.id} does not take it`;
  if (!suitable.some((rule) => rule.factor.id === factor)) return `it is too weak for the level ${level}`;
  return maySignIn(factorStatus) ? undefined : 'its last day is over';
}

const whyStranded: Readonly<Record<WhyStranded, string>> = {
  no_key_counts: 'no key of this person counts here, and none can be activated',
  mailbox_missing:
    'a new key must be activated first, the account has no mail address for it, and no proof by a key permits giving one',
  mailbox_shared:
    'a new key must be activated first, no key may be activated by a shared mailbox, and no proof by a key permits another address',
  replacement_missing: 'a new key must be activated first, and there is none that this person can activate',
};

const inWords = (ahead: PagesAhead, found: Prospect): string =>
  found.kind === 'stranded'
    ? `${outcome(ahead)} The pre-flight counts this person as stranded: ${whyStranded[found.because]}.`
    : outcome(ahead);

function outcome({ pages, asked, refused, context }: PagesAhead): string {
  const key = asked === undefined ? 'the password alone' : asked;
  const last = pages.at(-1)?.page;
  switch (last) {
    case 'finish':
      return `The sign-in ends well, by ${key}.`;
    case 'phase-out':
      return asked !== undefined && context.advise(asked).kind === 'require'
        ? `The dialog of ${asked} asks for a new key, and nothing else goes on.`
        : `The dialog of ${key} offers a new key, now or later.`;
    case 'secure-account':
      return context.secondStep.kind === 'offer'
        ? 'A page offers to activate a key, which will be compulsory later.'
        : 'A key must be activated first.';
    case 'refused':
      return `The sign-in is refused${refused ? `: ${refused.reason}` : ', since the key opens nothing any more'}.`;
    case 'choose-key':
      return 'No key of this person counts here.';
    default:
      return `The sign-in goes on at the page ${String(last)}.`;
  }
}
