/** Which mails about last days a person gets, and when: the rules one by one. */
import { describe, expect, test } from '@jest/globals';
import type { ToldDay } from '../accounts/person.ts';
import type { Recipient } from '../accounts/recipients.ts';
import type { ScheduleRule } from '../factors/policy/types.ts';
import { addDays, startOfDay } from '../time/calendar.ts';
import { mailDelay, mailStatesAfter, type MailState } from './mail-states.ts';
import { plannedMails, type MailRules } from './planned-mails.ts';
import { afterQuietHours } from './quiet-hours.ts';

const zone = 'Europe/Brussels';
const hour = 3_600_000;
const at = (day: string, hours = 10) => startOfDay(day, zone) + hours * hour;
/** The last day is 30 January 2024. */
const end = startOfDay('2024-01-31', zone);
const rules: MailRules = {
  daysBefore: [90, 30, 7, 1],
  quiet: { from: 20 * 60, until: 9 * 60 },
  isOffered: (factor) => factor !== 'gone',
};
const recipient = (more: Partial<Recipient> = {}): Recipient => ({
  language: 'nl',
  groups: [],
  factors: ['card', 'gone'],
  ...more,
});

interface Case {
  readonly now: number;
  readonly told?: Readonly<Record<string, ToldDay>>;
  readonly state?: MailState;
  readonly dates?: readonly ScheduleRule[];
  readonly reached?: number;
  readonly who?: Partial<Recipient>;
}
const everybody = (sunsetAt: number | undefined, announceAt = 0): ScheduleRule => ({
  scope: { kind: 'all' },
  announceAt,
  ...(sunsetAt === undefined ? {} : { sunsetAt }),
});

function planned({ now, told, state, dates = [everybody(end)], reached, who }: Case) {
  const schedule = {
    after: 'refuse',
    replacements: [],
    zone,
    rules: dates,
    ...(reached !== undefined && { reached }),
  } as const;
  const found = plannedMails(
    recipient({ ...who, ...(told && { reminded: told }) }),
    {
      schedules: { card: { ...schedule, factor: 'card' }, gone: { ...schedule, factor: 'gone' } },
      states: state ? { card: state } : {},
    },
    rules,
    now,
  );
  return found.map((mail) => [mail.client ?? 'all', mail.why, mail.daysBefore ?? null, mail.at, mail.tells.days]);
}
const reminders = (days: readonly number[]) =>
  days.map((number) => ['all', 'reminder', number, at(addDays('2024-01-30', -number), 9), number]);
const changed = (changedAt: number, more: Partial<MailState> = {}): MailState => ({
  changedAt,
  from: changedAt + mailDelay,
  ...more,
});

test('A-320 reminders of a day that is far ahead, each on its morning; none of a day that is over, also by a clock set back', () => {
  expect(planned({ now: at('2023-01-01') })).toEqual(reminders([90, 30, 7, 1]));
  expect(planned({ now: end })).toEqual([]);
  expect(planned({ now: end - 1, reached: end })).toEqual([]);
  // Due on its day and on the days after it, but not at night.
  expect(planned({ now: at('2024-01-23', 9) })[0]).toEqual(['all', 'reminder', 7, at('2024-01-23', 9), 7]);
  expect(planned({ now: at('2024-01-23', 9) - 1 })[0]).toEqual(['all', 'reminder', 7, at('2024-01-23', 9), 7]);
  expect(planned({ now: at('2024-01-25', 21) })[0]).toEqual(['all', 'reminder', 7, at('2024-01-26', 9), 7]);
});

test('A-320 mails of a change wait an hour and become one announcement; a reminder on its day is not repeated', () => {
  const now = at('2024-01-10');
  expect(planned({ now, state: changed(now) })).toEqual([
    ['all', 'announcement', null, now + hour, 30],
    ...reminders([7, 1]),
  ]);
  const told = { card: { sunsetAt: end, days: 30 } };
  expect(planned({ now, state: changed(now), told })).toEqual(reminders([7, 1]));
  // A quiet hour that ends at night lasts until the morning.
  const evening = at('2024-01-10', 19.5);
  expect(planned({ now: evening, state: changed(evening) })[0]?.[3]).toBe(at('2024-01-11', 9));
});

test('A-321 after a cancel there are only reminders of later days; a further change starts again', () => {
  const now = at('2024-01-10');
  const state = changed(now, { cancelled: { at: now + 1, by: 'ann' } });
  expect(planned({ now, state })).toEqual(reminders([7, 1]));
  expect(planned({ now, state, told: { card: { sunsetAt: end - hour, days: 30 } } })).toEqual(reminders([7, 1]));
  const dates = (sunsetAt: number) => ({
    card: { factor: 'card', after: 'refuse', replacements: [], zone, rules: [everybody(sunsetAt)] } as const,
  });
  const next = mailStatesAfter({ card: state }, { before: dates(end), after: dates(end + 1) }, now + 2, false);
  expect(next).toEqual({ card: changed(now + 2) });
  expect(mailStatesAfter({ card: state }, { before: dates(end), after: dates(end) }, now + 2, false)).toEqual({
    card: state,
  });
  const sentNow = mailStatesAfter({}, { before: {}, after: dates(end) }, now, true);
  expect(sentNow).toEqual({ card: { changedAt: now, from: now } });
});

describe('A-322 a day that the person was told', () => {
  const now = at('2024-01-10');
  const told = { card: { sunsetAt: end, days: 30 } };
  const state = changed(now);
  const later = startOfDay('2024-02-11', zone);

  test.each([
    ['moved back', [everybody(end)], [reminders([7, 1])[0]]],
    ['moved later', [everybody(later)], [['all', 'later', null, now + hour, 31]]],
    ['moved later by far', [everybody(startOfDay('2024-12-01', zone))], [['all', 'later', null, now + hour, 325]]],
    ['moved earlier', [everybody(startOfDay('2024-01-20', zone))], [['all', 'announcement', null, now + hour, 9]]],
    ['lifted', [], [['all', 'lifted', null, now + hour, 0]]],
    ['announced only in future', [everybody(later, at('2024-02-01'))], [['all', 'lifted', null, now + hour, 0]]],
  ] as const)('is %s', (_what, dates, first) => {
    expect(planned({ now, told, state, dates }).slice(0, 1)).toEqual(first);
  });

  test('is corrected once', () => {
    expect(
      planned({ now, state, dates: [everybody(later)], told: { card: { sunsetAt: later, days: 31 } } })[0],
    ).toEqual(['all', 'reminder', 30, at('2024-01-11', 9), 30]);
    expect(planned({ now, state, dates: [], told: { card: { days: 0 } } })).toEqual([]);
  });

  test('is corrected by the day of a group, of a person and of an extension too, for those people alone', () => {
    const group: ScheduleRule = { scope: { kind: 'group', id: 'pilots' }, sunsetAt: later, extends: true };
    const dates = [everybody(end), group];
    expect(planned({ now, told, state, dates })).toEqual(reminders([7, 1]));
    expect(planned({ now, told, state, dates, who: { groups: ['pilots'] } })[0]?.[1]).toBe('later');
    const own = { dates: { card: { extendedTo: later } }, mailHold: { card: { changedAt: now, from: now + hour } } };
    expect(planned({ now, told, who: own })[0]).toEqual(['all', 'later', null, now + hour, 31]);
    expect(
      planned({ now: at('2023-01-01'), who: { ...own, mailHold: { card: { changedAt: 0, from: 0 } } } })[0]?.[1],
    ).toBe('announcement');
  });

  test('at one relying party: corrected when that rule goes, unless an earlier day holds everywhere', () => {
    const ofClient: ScheduleRule = { scope: { kind: 'client', id: 'tax' }, announceAt: 0, sunsetAt: later };
    const both = { ...told, 'card@tax': { sunsetAt: later, days: 31 } };
    expect(
      planned({ now, state, dates: [ofClient], told: { 'card@tax': { sunsetAt: later, days: 31 } } })[0]?.slice(0, 3),
    ).toEqual(['tax', 'reminder', 30]);
    expect(planned({ now, state, dates: [], told: { 'card@tax': { sunsetAt: later, days: 31 } } })).toEqual([
      ['tax', 'lifted', null, now + hour, 0],
    ]);
    expect(planned({ now, state, told: both })).toEqual(reminders([7, 1]));
  });
});

test.each([
  ['2024-01-10T19:00:00Z', '2024-01-11T08:00:00Z'],
  ['2024-01-10T18:59:59.999Z', '2024-01-10T18:59:59.999Z'],
  ['2024-01-11T08:00:00Z', '2024-01-11T08:00:00Z'],
  // Clocks go forward: the night is one hour shorter.
  ['2024-03-30T22:00:00Z', '2024-03-31T07:00:00Z'],
  ['2024-10-26T22:00:00Z', '2024-10-27T08:00:00Z'],
])('A-325 quiet hours over midnight: %s waits until %s', (from, until) => {
  expect(afterQuietHours(rules.quiet, Date.parse(from), zone)).toBe(Date.parse(until));
});

test('A-325 quiet hours within a day, none, and an end in the hour that a clock change repeats', () => {
  const noon = Date.parse('2024-01-10T11:30:00Z');
  expect(afterQuietHours({ from: 12 * 60, until: 14 * 60 }, noon, zone)).toBe(Date.parse('2024-01-10T13:00:00Z'));
  expect(afterQuietHours({ from: 540, until: 540 }, noon, zone)).toBe(noon);
  const second = Date.parse('2024-10-27T01:15:00Z');
  expect(afterQuietHours({ from: 0, until: 150 }, second, zone)).toBe(Date.parse('2024-10-27T01:30:00Z'));
});
