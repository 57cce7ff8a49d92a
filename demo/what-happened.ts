/** The strip *What just happened*: the newest lines of the audit log that a newcomer can follow, in words. */
import type { AuditEvent } from '../accounts/person.ts';
import type { Services } from '../admin/services.ts';
import { lastDayInWords } from '../admin/use-cases/date-words.ts';
import { personFacts } from '../digital-keys/key-changes.ts';
import { auditInWords, type AuditNames } from './audit-words.ts';
import { dayOf } from '../time/calendar.ts';
import { afreshBecause } from './start-afresh.ts';
import { zoneOf } from './demo-zone.ts';
import { shortName } from './short-names.ts';

export interface Happened {
  readonly who: string;
  readonly what: string;
  /** Local time, with the day if it is not today. */
  readonly when: string;
  /** ISO 8601 */
  readonly at: string;
}

/** How many lines of the log are looked through. */
const looked = 200;

/** Newest first. */
export async function whatHappened(
  services: Services,
  { atMost, clientName }: { readonly atMost: number; readonly clientName: (id: string) => string },
): Promise<readonly Happened[]> {
  const lines = await services.audit.list({ limit: looked });
  const events = merged(lines.map(({ event }) => event));
  const names = await namesFor(services, events, clientName);
  const zone = zoneOf(services);
  const now = services.clock.now();
  return events
    .flatMap((event): readonly Happened[] => {
      const words = auditInWords(event, names);
      return words ? [{ ...words, when: timeIn(event.at, now, zone), at: new Date(event.at).toISOString() }] : [];
    })
    .slice(-atMost)
    .toReversed();
}

/**
 * Lines that belong together become one: an old key that a new one replaced in the same write, and the accounts
 * that the demo took in, also if other lines came between. What was before a fresh start is left out. Events after the last day of a factor get
 * `facts.over`.
 */
export function merged(lines: readonly AuditEvent[]): readonly AuditEvent[] {
  const shown: AuditEvent[] = [];
  const ends = new Map<string, number | undefined>();
  for (const line of lines) {
    const event = withOver(line, ends);
    const last = shown.at(-1);
    if (isAfresh(event)) {
      shown.splice(0, shown.length, { at: event.at, actor: event.actor, action: 'demo.started-afresh' });
    } else if (event.action === 'key.on' && event.facts?.['source'] === 'imported') {
      continue;
    } else if (isImport(event) && shown.some(isImport)) {
      const [before] = shown.splice(shown.findLastIndex(isImport), 1);
      const people = Number(before?.facts?.['people'] ?? 1) + 1;
      shown.push({ at: event.at, actor: event.actor, action: 'people.imported', facts: { people } });
    } else if (event.action === 'key.on' && replaces(event, last)) {
      shown.splice(-1, 1, {
        ...event,
        action: 'key.replaced',
        facts: { ...event.facts, old: shortName(last?.factor ?? 'key') },
      });
    } else shown.push(event);
  }
  return shown;
}

/** @param ends the end (ms) of each factor's last day, by the lines so far; a change of dates is noted in it */
function withOver(event: AuditEvent, ends: Map<string, number | undefined>): AuditEvent {
  const { action, factor, facts, at } = event;
  if (factor === undefined) return event;
  if (action === 'schedule.changed') ends.set(factor, endOf(facts?.['after']));
  const end = ends.get(factor);
  return end !== undefined && end <= at ? { ...event, facts: { ...facts, over: true } } : event;
}

const isAfresh = ({ action, actor, facts }: AuditEvent): boolean =>
  action === 'person.removed' && actor === 'demo' && facts?.['reason'] === afreshBecause;
const isImport = ({ action, actor }: AuditEvent): boolean =>
  actor === 'demo' && (action === 'person.imported' || action === 'people.imported');
const replaces = (event: AuditEvent, last: AuditEvent | undefined): boolean =>
  last?.action === 'key.off' && last.key !== undefined && last.key === event.facts?.['replaces'];

/** Reads the account of everybody who is named, once. */
async function namesFor(
  { people }: Services,
  events: readonly AuditEvent[],
  client: AuditNames['client'],
): Promise<AuditNames> {
  const ids = new Set(events.flatMap(({ actor, person }) => [actor, ...(person === undefined ? [] : [person])]));
  const known = new Map<string, string>();
  for (const id of ids) {
    const person = await people.get(id);
    if (person && person.removedAt === undefined) known.set(id, personFacts(person).displayName);
  }
  return { person: (id) => known.get(id), client, lastDay };
}

interface LoggedSchedule {
  readonly zone?: string;
  readonly rules?: readonly { readonly scope?: { readonly kind?: string }; readonly sunsetAt?: number }[];
}

const logged = (schedule: unknown): LoggedSchedule =>
  typeof schedule === 'object' && schedule !== null ? schedule : {};

/** The end (ms) of everybody's last day. */
const endOf = (schedule: unknown): number | undefined =>
  logged(schedule).rules?.find(({ scope }) => scope?.kind === 'all')?.sunsetAt;

function lastDay(schedule: unknown): string {
  const end = endOf(schedule);
  return end === undefined ? 'none' : lastDayInWords(end, logged(schedule).zone ?? 'UTC');
}

function timeIn(at: number, now: number, zone: string): string {
  const isToday = dayOf(at, zone) === dayOf(now, zone);
  const day = isToday ? {} : ({ day: 'numeric', month: 'short' } as const);
  return new Intl.DateTimeFormat('en-GB', { ...day, hour: '2-digit', minute: '2-digit', timeZone: zone }).format(at);
}
