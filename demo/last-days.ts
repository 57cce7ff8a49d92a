/**
 * The last-day buttons of the helper page: what each would do, by the pre-flight of `rekey factor schedule`, the command
 * that does the same, and the change itself.
 */
import { newlyStranded } from '../admin/use-cases/brake.ts';
import { scheduleFactor, type ScheduleRequest } from '../admin/use-cases/factor-schedule.ts';
import type { Fates, Preflight } from '../admin/use-cases/preflight.ts';
import type { Services } from '../admin/services.ts';
import { addDays, dayOf } from '../time/calendar.ts';
import { zoneOf } from './demo-zone.ts';

export const lastDays = ['in-ten-days', 'tonight', 'yesterday'] as const;
export type LastDay = (typeof lastDays)[number];

const days: Readonly<Record<LastDay, { readonly ahead: number; readonly label: string; readonly from: string }>> = {
  'in-ten-days': { ahead: 10, label: 'In ten days', from: 'After that day' },
  tonight: { ahead: 0, label: 'Tonight', from: 'From midnight' },
  yesterday: { ahead: -1, label: 'Yesterday', from: 'At once' },
};
const why = 'A button of the demo was pressed.';
const by = 'demo';

export interface LastDayChoice {
  readonly day: LastDay;
  readonly label: string;
  /** What would happen to how many people; nothing is written. */
  readonly says: string;
  /** The command that does the same; `undefined`: it would be refused too. */
  readonly command: string | undefined;
}

export interface LastDayParts {
  readonly services: Services;
  /** The service whose people the sentences count: its client id. */
  readonly client: string;
  /** What follows every command of this demo: ` --deployment csam`. */
  readonly options: string;
}

/** Asks the pre-flight of each button, as `--dry-run` does: some milliseconds for the few people of a demo. */
export async function lookAtLastDays(parts: LastDayParts, factor: string): Promise<readonly LastDayChoice[]> {
  const choices: LastDayChoice[] = [];
  for (const day of lastDays) choices.push(await lookAt(parts, day, factor));
  return choices;
}

async function lookAt(
  { services, client, options }: LastDayParts,
  day: LastDay,
  factor: string,
): Promise<LastDayChoice> {
  const { label, from } = days[day];
  const request = await requestFor(services, day, factor);
  const looked = await scheduleFactor(services, { ...request, dryRun: true });
  const looks = (looked.ok ? looked.value.looks : looked.looks) ?? [];
  const stranded = newlyStranded(looks);
  const judged = looked.ok
    ? looked
    : await scheduleFactor(services, { ...request, dryRun: true, accepted: { stranded, reason: why } });
  if (!judged.ok) return { day, label, says: judged.refusals.map(({ says }) => says).join(' '), command: undefined };
  const accepting = looked.ok ? '' : ` --accept-stranded ${stranded} --reason "a test"`;
  const { untilAndIncluding = '' } = request.days;
  return {
    day,
    label,
    says: `${from}: ${fatesInWords(looks[0], client)}${strandedInWords(stranded)}`,
    command: `npm run rekey -- factor schedule ${factor} --until-and-including ${untilAndIncluding}${accepting}${options}`,
  };
}

/** Changes the last day. A sentence if it was refused. */
export async function setLastDay(services: Services, day: LastDay, factor: string): Promise<string | undefined> {
  const request = await requestFor(services, day, factor);
  // The same confirmation as an administrator's, given at once: the page has said the number, and nobody is really
  // locked out here.
  const looked = await scheduleFactor(services, { ...request, dryRun: true });
  const looks = looked.ok ? looked.value.looks : looked.looks;
  const accepted = looks && { stranded: newlyStranded(looks), reason: why };
  const outcome = await scheduleFactor(services, { ...request, accepted });
  return outcome.ok ? undefined : outcome.refusals.map(({ says }) => says).join(' ');
}

async function requestFor(services: Services, day: LastDay, factor: string): Promise<ScheduleRequest> {
  const zone = (await services.schedules.current())[factor]?.zone ?? zoneOf(services);
  return {
    factor,
    by,
    zone,
    days: { untilAndIncluding: addDays(dayOf(services.clock.now(), zone), days[day].ahead) },
  };
}

/** What a sentence needs of a pre-flight. */
export type Counted = Fates & Pick<Preflight, 'byClient'>;

/** `of 5 people with it, 4 sign in with another key, 1 takes a new key first.` */
export function fatesInWords(look: Counted | undefined, client: string): string {
  const fates = look?.byClient.find((one) => one.client === client) ?? look;
  if (fates === undefined || fates.touched === 0) return 'nobody has this key any more.';
  const { touched, keep, still, mustReplace, stranded } = fates;
  const parts = [
    [keep, 'signs in with another key', 'sign in with another key'],
    [still, 'signs in with it as before', 'sign in with it as before'],
    [mustReplace, 'takes a new key first', 'take a new key first'],
    [stranded, 'has no way in', 'have no way in'],
  ] as const;
  const said = parts
    .filter(([count]) => count > 0)
    .map(([count, one, several]) => `${count} ${count === 1 ? one : several}`);
  return `of ${touched} ${touched === 1 ? 'person' : 'people'} with it, ${said.join(', ')}.`;
}

const strandedInWords = (count: number): string =>
  count === 0
    ? ' Nobody loses the last way in by this change.'
    : ` This change takes the last way in from ${count === 1 ? '1 person' : `${count} people`}: the command asks for that number, and a reason.`;
