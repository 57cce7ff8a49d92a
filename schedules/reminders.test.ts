/** Who gets mails about the last day of a factor, when, and how often. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createSecretBox } from '../adapters/secret-box.ts';
import { openEmbedded } from '../adapters/storage/embedded/open-embedded.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { createPeople, type People } from '../accounts/person-store.ts';
import type { Key, OutgoingMessage, Person } from '../accounts/person.ts';
import type { Scheduler } from '../time/scheduler.ts';
import { addDays, startOfDay } from '../time/calendar.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import { createReminders } from './reminders.ts';
import type { MailStates } from './mail-states.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const zone = 'Europe/Brussels';
const hour = 3_600_000;
/** The last day is 30 January 2024. */
const sunsetAt = startOfDay('2024-01-31', zone);
const at = (day: string, hours = 10) => startOfDay(day, zone) + hours * hour;
const rules = {
  daysBefore: [90, 30, 7, 1],
  quiet: { from: 20 * 60, until: 9 * 60 },
  isOffered: (factor: string) => factor !== 'gone',
  serviceName: (client: string) => `the service ${client}`,
};

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
  ...blankAccount,
  username,
  email: { address: `${username}@example.org`, verifiedAt: 0 },
  createdAt: 0,
  keys: [key('token-card')],
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
let states: MailStates;
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

async function node(leader?: { isLeader(): boolean }, scheduler: Scheduler = atOnce) {
  const storage = await openEmbedded({ file: join(folder, 'store.db'), clock });
  stores.push(storage);
  const own = createPeople({ storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
  const reminders = createReminders({
    people: own,
    ...rules,
    dates: async () => ({ schedules, states }),
    clock,
    log: pino({ level: 'silent' }),
    scheduler,
    ...(leader && { leader: { ...leader, onElected: () => undefined } }),
  });
  return { people: own, reminders };
}

const mailsOf = async (id: string): Promise<readonly OutgoingMessage[]> =>
  ((await people.get(id))?.pending ?? []).flatMap((item) => (item.kind === 'message' ? [item.message] : []));

async function added(person: Omit<Person, 'id'>): Promise<string> {
  const outcome = await people.add(person);
  if (!outcome.ok) throw new Error('The name is taken.');
  return outcome.person.id;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-reminders-'));
  schedules = everybodys();
  states = {};
  clock.instant = at('2024-01-10');
  ({ people } = await node());
});
afterEach(async () => {
  for (const storage of stores.splice(0)) await storage.close();
  await rm(folder, { recursive: true, force: true });
});

test('A-075 a hundred days with a round every hour: four mails, each once, on its day', async () => {
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
  // No field says that the person was told before the mail server accepted the mail.
  expect((await people.get(id))?.pending.filter(({ kind }) => kind === 'audit')).toEqual([]);
});

test('A-218c a reminder that was given up is due again the next day, once; one that is still in the queue is not', async () => {
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
  // A second report about the first mail, as after a crash, does not queue a third mail.
  await reminders.givenUp(first.id, first.message);
  clock.instant = at('2024-01-13');
  expect(await reminders.round()).toBe(0);
  expect(await queued()).toHaveLength(2);
});

test('several nodes, and one that restarts: one mail for each person', async () => {
  const ids = await Promise.all(Array.from({ length: 250 }, (_, index) => added(newcomer(`person-${index}`))));
  const nodes = await Promise.all([node(), node(), node()]);
  const counts = await Promise.all(nodes.map(({ reminders }) => reminders.round()));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(250);
  expect(await (await node()).reminders.round()).toBe(0);
  for (const id of ids) expect(await mailsOf(id)).toHaveLength(1);
});

test('only the leader, and only as long as it is the leader', async () => {
  const ids = await Promise.all(Array.from({ length: 120 }, (_, index) => added(newcomer(`person-${index}`))));
  expect(await (await node({ isLeader: () => false })).reminders.round()).toBe(0);
  let asked = 0;
  const losing = await node({ isLeader: () => (asked += 1) < 50 });
  const before = await losing.reminders.round();
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(50);
  expect(await (await node({ isLeader: () => true })).reminders.round()).toBe(ids.length - before);
});

test('a date that is removed during a round: people who were not told yet get no mail', async () => {
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

test('A-323 no mail to people without a key of the factor, without a proven mailbox, or disabled', async () => {
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
  ids.push(await added(newcomer('unproven', { email: { address: 'unproven@example.org' } })));
  schedules = { ...schedules, gone: { ...everybodys()['token-card'], factor: 'gone' } } as Schedules;
  expect(await (await node()).reminders.round()).toBe(0);
  for (const id of ids) expect(await mailsOf(id)).toEqual([]);
});

test('A-324 no mail before the announcement; dates of a group for that group, dates of one relying party with its name', async () => {
  const an = await added(newcomer('an', { groups: ['pilots'] }));
  const bart = await added(newcomer('bart'));
  schedules = everybodys(at('2024-01-10') + 1);
  const { reminders } = await node();
  expect(await reminders.round()).toBe(0);

  const [rule] = everybodys()['token-card']?.rules ?? [];
  const only = (scope: object) =>
    ({ 'token-card': { ...everybodys()['token-card'], rules: [{ ...rule, scope }] } }) as Schedules;
  schedules = only({ kind: 'group', id: 'pilots' });
  expect(await reminders.round()).toBe(1);
  expect(await mailsOf(an)).toHaveLength(1);
  expect(await mailsOf(bart)).toEqual([]);

  const general = everybodys()['token-card'];
  const ofClient = {
    scope: { kind: 'client', id: 'tax' },
    announceAt: 0,
    sunsetAt: startOfDay('2024-01-21', zone),
  } as const;
  const earlier = {
    scope: { kind: 'group', id: 'pilots' },
    announceAt: 0,
    sunsetAt: startOfDay('2024-01-20', zone),
  } as const;
  if (!general) throw new Error('There are no dates.');
  schedules = { 'token-card': { ...general, rules: [earlier, ofClient] } };
  expect(await reminders.round()).toBe(2);
  // If the day of the group comes first, there is no mail about the day of the relying party.
  expect((await mailsOf(an)).map(({ template, data }) => [template, data['sunsetAt']])).toEqual([
    ['key_going', sunsetAt],
    ['key_going', earlier.sunsetAt],
  ]);
  expect((await mailsOf(bart)).map(({ template, data }) => [template, data['service'], data['sunsetAt']])).toEqual([
    ['key_going_at', 'the service tax', ofClient.sunsetAt],
  ]);
  expect(await reminders.round()).toBe(0);
});

test('A-322 an earlier last day is announced again, the same one is not; a new person is told the next day', async () => {
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

test('a store that fails during a round: the round reports it, and the next one continues there', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => added(newcomer(`person-${index}`))));
  let left = 5;
  const reminders = createReminders({
    people: {
      page: (options) => people.page(options),
      personalEnds: () => people.personalEnds(),
      recipients: () => people.recipients(),
      withMailHoldOver: (now) => people.withMailHoldOver(now),
      change: (id, change) => {
        left -= 1;
        return left < 0 && left > -3 ? Promise.reject(new Error('The line was cut.')) : people.change(id, change);
      },
    },
    ...rules,
    dates: async () => ({ schedules, states }),
    clock,
    log: pino({ level: 'silent' }),
    scheduler: atOnce,
  });
  await expect(reminders.round()).rejects.toThrow('The line was cut.');
  await expect(reminders.round()).rejects.toThrow('The line was cut.');
  expect(await reminders.round()).toBe(15);
  for (const id of ids) expect(await mailsOf(id)).toHaveLength(1);
});

test('A-322 each correction goes once to people who were told, and to nobody whose key is gone; a mail that is given up or recalled counts as not sent', async () => {
  const [an, bart] = [await added(newcomer('an')), await added(newcomer('bart'))];
  const { reminders } = await node();
  expect(await reminders.round()).toBe(2);
  await people.change(bart, (person) => ({ ...person, keys: [key('authenticator-app')] }));
  const late = await added(newcomer('late'));
  const [rule] = schedules['token-card']?.rules ?? [];
  const later = startOfDay('2024-07-01', zone);
  schedules = {
    'token-card': { ...schedules['token-card'], rules: [{ ...rule, sunsetAt: later }] },
  } as Schedules;
  expect(await reminders.round()).toBe(1);
  expect(await (await node()).reminders.round()).toBe(0);
  expect((await mailsOf(an)).map(({ template }) => template)).toEqual(['key_going', 'key_later']);
  expect((await mailsOf(an))[1]).toMatchObject({
    data: { sunsetAt: later, formerSunsetAt: sunsetAt },
    datesOf: 'token-card',
    whenTaken: { action: 'person.date-corrected', facts: { why: 'later', lastDay: '2024-06-30' } },
  });
  expect(await mailsOf(bart)).toHaveLength(1);
  expect(await mailsOf(late)).toEqual([]);

  const queued = ((await people.get(an))?.pending ?? []).flatMap((one) => (one.kind === 'message' ? [one] : []));
  const [, correction] = queued;
  if (!correction) throw new Error('No correction was queued.');
  await reminders.givenUp(correction.id, correction.message);
  expect((await people.get(an))?.reminded?.['token-card']).toMatchObject({ sunsetAt });
  clock.instant = at('2024-01-11');
  expect(await reminders.round()).toBe(1);
  expect((await mailsOf(an)).map(({ template }) => template)).toEqual(['key_going', 'key_later', 'key_later']);
});

test('A-320 no mail is sent before its time, at night, or after it was cancelled', async () => {
  await added(newcomer('an'));
  const { reminders } = await node();
  states = { 'token-card': { changedAt: clock.instant, from: clock.instant + hour } };
  clock.instant += hour - 1;
  expect(await reminders.round()).toBe(0);
  const held = states;
  states = {
    'token-card': { changedAt: at('2024-01-10'), from: at('2024-01-10'), cancelled: { at: clock.instant, by: 'test' } },
  };
  clock.instant += 1;
  expect(await reminders.round()).toBe(0);
  states = held;
  clock.instant = at('2024-01-10', 20);
  expect(await reminders.round()).toBe(0);
  clock.instant = at('2024-01-11', 9) - 1;
  expect(await reminders.round()).toBe(0);
  clock.instant = at('2024-01-11', 9);
  expect(await reminders.round()).toBe(1);
});
