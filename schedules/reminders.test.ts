/** Whom the last day of a kind of key is told, when, and how often. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createSecretBox } from '../adapters/secret-box.ts';
import { openEmbedded } from '../adapters/storage/embedded/open-embedded.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { createPeople, type People } from '../accounts/person-store.ts';
import type { Key, OutgoingMessage, Person } from '../accounts/person.ts';
import type { Scheduler } from '../time/scheduler.ts';
import { addDays, startOfDay } from '../time/calendar.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import { createReminders, dueReminder } from './reminders.ts';

const zone = 'Europe/Brussels';
const hour = 3_600_000;
/** The last day is 30 January 2024. */
const sunsetAt = startOfDay('2024-01-31', zone);
const at = (day: string, hours = 10) => startOfDay(day, zone) + hours * hour;
const daysBefore = [90, 30, 7, 1];

const key = (factor: string, status: Key['status'] = 'active'): Key => ({
  id: `${factor}-key`,
  factor,
  detail: '',
  status,
  boundAt: 0,
  source: 'imported',
  attempts: { count: 0, lastAt: 0 },
});
const newcomer = (username: string, more: Partial<Person> = {}): Omit<Person, 'id'> => ({
  username,
  language: 'nl',
  email: { address: `${username}@example.org` },
  groups: [],
  disabled: false,
  createdAt: 0,
  passwordAttempts: {},
  otherAttempts: {},
  keys: [key('token-card')],
  postponements: {},
  sendings: [],
  pending: [],
  ...more,
});

const atOnce: Scheduler = {
  after(_milliseconds, run) {
    queueMicrotask(run);
    return () => undefined;
  },
};

let folder: string;
const stores: Storage[] = [];
const clock = { instant: 0, now: () => clock.instant };
let schedules: Schedules;
let people: People;

const everybodys = (announceAt = 0): Schedules => ({
  'token-card': {
    factor: 'token-card',
    rules: [{ scope: { kind: 'all' }, announceAt, sunsetAt }],
    after: 'refuse',
    replacements: [],
    zone,
  },
});

async function node(leader?: { held(): boolean }, scheduler: Scheduler = atOnce) {
  const storage = await openEmbedded({ file: join(folder, 'store.db'), clock });
  stores.push(storage);
  const own = createPeople({ storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
  const reminders = createReminders({
    people: own,
    schedules: async () => schedules,
    clock,
    log: pino({ level: 'silent' }),
    daysBefore,
    isOffered: (factor) => factor !== 'gone',
    scheduler,
    ...(leader && { leader: { ...leader, onTaken: () => undefined } }),
  });
  return { people: own, reminders };
}

const mailsOf = async (id: string): Promise<readonly OutgoingMessage[]> =>
  ((await people.get(id))?.pending ?? []).flatMap((owed) => (owed.kind === 'message' ? [owed.message] : []));

async function added(person: Omit<Person, 'id'>): Promise<string> {
  const outcome = await people.add(person);
  if (!outcome.ok) throw new Error('The name is taken.');
  return outcome.person.id;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-reminders-'));
  schedules = everybodys();
  clock.instant = at('2024-01-10');
  ({ people } = await node());
});
afterEach(async () => {
  for (const storage of stores.splice(0)) await storage.close();
  await rm(folder, { recursive: true, force: true });
});

describe('which reminder is due', () => {
  test.each([
    ['2023-10-31', undefined],
    ['2023-11-01', 90],
    ['2023-12-30', 90],
    ['2023-12-31', 30],
    ['2024-01-22', 30],
    ['2024-01-23', 7],
    ['2024-01-28', 7],
    ['2024-01-29', 1],
    ['2024-01-30', 1],
    ['2024-01-31', undefined],
  ])('on %s: %s', (day, days) => {
    const due = dueReminder({ sunsetAt, zone }, daysBefore, at(day));
    expect(due).toEqual(days === undefined ? undefined : { sunsetAt, days });
  });

  test('from nine in the morning where the people are, in winter and in summer', () => {
    expect(dueReminder({ sunsetAt, zone }, daysBefore, at('2024-01-10', 9) - 1)).toBeUndefined();
    expect(dueReminder({ sunsetAt, zone }, daysBefore, at('2024-01-10', 9))).toBeDefined();
    const later = { sunsetAt: startOfDay('2024-07-31', zone), zone };
    expect(dueReminder(later, daysBefore, Date.parse('2024-07-10T06:59:59.999Z'))).toBeUndefined();
    expect(dueReminder(later, daysBefore, Date.parse('2024-07-10T07:00:00Z'))).toBeDefined();
  });

  test('none without a last day, and none where none is wanted', () => {
    expect(dueReminder({ zone }, daysBefore, at('2024-01-10'))).toBeUndefined();
    expect(dueReminder({ sunsetAt, zone }, [], at('2024-01-10'))).toBeUndefined();
  });
});

test('A-075 over a hundred days, looked at every hour: four mails, each once, on its day', async () => {
  const id = await added(newcomer('an'));
  const { reminders } = await node();
  for (let now = at('2023-10-24', 0); now < at('2024-02-02', 0); now += hour) {
    clock.instant = now;
    await reminders.round();
  }
  const mails = await mailsOf(id);
  expect(mails.map(({ queuedAt }) => queuedAt)).toEqual(
    [90, 30, 7, 1].map((days) => at(addDays('2024-01-30', -days), 9)),
  );
  expect(new Set(mails.map(({ template, to, language }) => `${template} ${to} ${language}`))).toEqual(
    new Set(['key_going an@example.org nl']),
  );
  expect(mails[0]?.data).toMatchObject({ factor: 'token-card', sunsetAt, zone });
  expect(
    mails.map(({ whenTaken }) => [whenTaken?.action, whenTaken?.facts?.['daysBefore'], whenTaken?.facts?.['lastDay']]),
  ).toEqual([90, 30, 7, 1].map((days) => ['person.reminded', days, '2024-01-30']));
  // Nothing says that the person was told before the mail was taken.
  expect((await people.get(id))?.pending.filter(({ kind }) => kind === 'audit')).toEqual([]);
});

test('A-218c a reminder that was given up is due again the next day, once; one that still stands in the queue is not', async () => {
  const id = await added(newcomer('an'));
  const { reminders } = await node();
  const queued = async () =>
    ((await people.get(id))?.pending ?? []).flatMap((one) => (one.kind === 'message' ? [one] : []));
  expect(await reminders.round()).toBe(1);
  const [first] = await queued();
  if (!first) throw new Error('Nothing was queued.');
  await reminders.givenUp('another message', first.message);
  clock.instant = at('2024-01-11');
  expect(await reminders.round()).toBe(0);

  await reminders.givenUp(first.id, first.message);
  clock.instant = at('2024-01-12');
  expect(await reminders.round()).toBe(1);
  // A second word of the first one, as after a crash, does not queue a third.
  await reminders.givenUp(first.id, first.message);
  clock.instant = at('2024-01-13');
  expect(await reminders.round()).toBe(0);
  expect(await queued()).toHaveLength(2);
});

test('several nodes, and one that begins anew: each person once', async () => {
  const ids = await Promise.all(Array.from({ length: 250 }, (_, index) => added(newcomer(`person-${index}`))));
  const nodes = await Promise.all([node(), node(), node()]);
  const counts = await Promise.all(nodes.map(({ reminders }) => reminders.round()));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(250);
  expect(await (await node()).reminders.round()).toBe(0);
  for (const id of ids) expect(await mailsOf(id)).toHaveLength(1);
});

test('only the node that has the duty, and only for as long as it has it', async () => {
  const ids = await Promise.all(Array.from({ length: 120 }, (_, index) => added(newcomer(`person-${index}`))));
  expect(await (await node({ held: () => false })).reminders.round()).toBe(0);
  let asked = 0;
  const losing = await node({ held: () => (asked += 1) < 50 });
  const before = await losing.reminders.round();
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(50);
  expect(await (await node({ held: () => true })).reminders.round()).toBe(ids.length - before);
});

test('a date that is lifted in the middle of a round: who was not told yet is not', async () => {
  await Promise.all(Array.from({ length: 150 }, (_, index) => added(newcomer(`person-${index}`))));
  const lifting: Scheduler = {
    after(milliseconds, run) {
      schedules = {};
      return atOnce.after(milliseconds, run);
    },
  };
  expect(await (await node(undefined, lifting)).reminders.round()).toBe(100);
  expect(await (await node()).reminders.round()).toBe(0);
});

test('nobody who has nothing to lose, cannot be reached, or may not sign in', async () => {
  const ids = await Promise.all(
    [
      newcomer('disabled', { disabled: true }),
      newcomer('off', { keys: [key('token-card', 'off')] }),
      newcomer('blocked', { keys: [key('token-card', 'blocked')] }),
      newcomer('other', { keys: [key('authenticator-app')] }),
      newcomer('not-offered', { keys: [key('gone')] }),
    ].map(added),
  );
  const { email: _none, ...unreachable } = newcomer('unreachable');
  ids.push(await added(unreachable));
  schedules = { ...schedules, gone: { ...everybodys()['token-card'], factor: 'gone' } } as Schedules;
  expect(await (await node()).reminders.round()).toBe(0);
  for (const id of ids) expect(await mailsOf(id)).toEqual([]);
});

test('nobody before the announcement; dates of a group for that group; dates of one relying party for nobody', async () => {
  const an = await added(newcomer('an', { groups: ['pilots'] }));
  const bart = await added(newcomer('bart'));
  schedules = everybodys(at('2024-01-10') + 1);
  const { reminders } = await node();
  expect(await reminders.round()).toBe(0);

  const [rule] = everybodys()['token-card']?.rules ?? [];
  const only = (scope: object) =>
    ({ 'token-card': { ...everybodys()['token-card'], rules: [{ ...rule, scope }] } }) as Schedules;
  schedules = only({ kind: 'client', id: 'tax-on-web' });
  expect(await reminders.round()).toBe(0);
  schedules = only({ kind: 'group', id: 'pilots' });
  expect(await reminders.round()).toBe(1);
  expect(await mailsOf(an)).toHaveLength(1);
  expect(await mailsOf(bart)).toEqual([]);
});

test('another last day is told anew, the same one is not; who comes later is told the next day', async () => {
  const an = await added(newcomer('an'));
  const { reminders } = await node();
  expect(await reminders.round()).toBe(1);
  const [rule] = schedules['token-card']?.rules ?? [];
  schedules = {
    'token-card': { ...schedules['token-card'], rules: [{ ...rule, sunsetAt: startOfDay('2024-01-21', zone) }] },
  } as Schedules;
  expect(await reminders.round()).toBe(1);
  expect(await reminders.round()).toBe(0);
  expect((await mailsOf(an)).map(({ data }) => data['sunsetAt'])).toEqual([sunsetAt, startOfDay('2024-01-21', zone)]);

  const late = await added(newcomer('late'));
  expect(await reminders.round()).toBe(0);
  clock.instant = at('2024-01-11');
  expect(await reminders.round()).toBe(1);
  expect(await mailsOf(late)).toHaveLength(1);
});

test('a store that fails in the middle: told, and gone on with where it was', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => added(newcomer(`person-${index}`))));
  let left = 5;
  const reminders = createReminders({
    people: {
      page: (options) => people.page(options),
      personalEnds: () => people.personalEnds(),
      change: (id, change) => {
        left -= 1;
        return left < 0 && left > -3 ? Promise.reject(new Error('The line was cut.')) : people.change(id, change);
      },
    },
    schedules: async () => schedules,
    clock,
    log: pino({ level: 'silent' }),
    daysBefore,
    isOffered: () => true,
    scheduler: atOnce,
  });
  await expect(reminders.round()).rejects.toThrow('The line was cut.');
  await expect(reminders.round()).rejects.toThrow('The line was cut.');
  expect(await reminders.round()).toBe(15);
  for (const id of ids) expect(await mailsOf(id)).toHaveLength(1);
});
