/** A date of one person, as the account stores it and as the person is told of it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { OutgoingMessage } from '../../accounts/person.ts';
import { createReminders } from '../../schedules/reminders.ts';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { startOfDay } from '../../time/calendar.ts';
import type { Services } from '../services.ts';
import { scheduleFactor } from './factor-schedule.ts';
import { extendPerson, scheduleForPerson } from './person-dates.ts';

const zone = 'Europe/Brussels';
let admin: AdminServices;
let services: Services;
beforeEach(async () => {
  admin = await adminServices();
  const keys = [{ factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } }];
  const lines = ['an', 'bart'].map((username) => ({ username, email: `${username}@example.org`, keys }));
  await admin.rekey('person import -', lines.map((one) => JSON.stringify(one)).join('\n'));
  services = await admin.open();
  await scheduleFactor(services, {
    factor: 'authenticator-app',
    by: 'test',
    zone,
    after: 're-enrol',
    days: { untilAndIncluding: '2023-12-09' },
  });
});
afterEach(() => admin.close());

const asked = { factor: 'authenticator-app', by: 'test', reason: 'abroad' };
const mails = async (username: string): Promise<readonly OutgoingMessage[]> =>
  ((await services.people.findByUsername(username))?.pending ?? []).flatMap((item) =>
    item.kind === 'message' ? [item.message] : [],
  );
const lastDays = async (username: string) => (await mails(username)).map(({ data }) => data['sunsetAt']);
const remind = () =>
  createReminders({
    people: services.people,
    dates: async () => ({ schedules: await services.schedules.current(), states: await services.schedules.mails() }),
    clock: services.clock,
    log: pino({ level: 'silent' }),
    daysBefore: [30],
    isOffered: () => true,
    quiet: { from: 20 * 60, until: 9 * 60 },
    serviceName: (client) => client,
    scheduler: {
      after: (_milliseconds, run) => {
        queueMicrotask(run);
        return () => undefined;
      },
    },
  }).round();

test('A-315 the mail at an extension, and the reminders before its end, name the person’s own last day', async () => {
  const extended = await extendPerson(services, { ...asked, person: 'an', untilAndIncluding: '2024-01-30' });
  const own = startOfDay('2024-01-31', zone);
  const due = admin.clock.now() + 3_600_000;
  expect(extended).toMatchObject({ ok: true, value: { mailAt: new Date(due).toISOString() } });
  expect([await remind(), await lastDays('an')]).toEqual([0, []]);
  admin.clock.set(due + 60_000);
  expect([await remind(), await lastDays('an')]).toEqual([1, [own]]);
  expect([await remind(), await lastDays('an')]).toEqual([0, [own]]);
  expect(await services.people.findByUsername('an')).not.toHaveProperty('mailHold');
  admin.clock.set(startOfDay('2023-11-10', zone) + 10 * 3_600_000);
  expect(await remind()).toBe(1);
  expect(await lastDays('bart')).toEqual([startOfDay('2023-12-10', zone)]);
  expect(await lastDays('an')).toEqual([own]);
  // Everybody's day is over; only the extension is in the future.
  admin.clock.set(startOfDay('2023-12-31', zone) + 10 * 3_600_000);
  expect(await remind()).toBe(1);
  expect(await lastDays('an')).toEqual([own, own]);
});

test('A-315 there is no mail about a day that is not announced yet', async () => {
  await scheduleFactor(services, { factor: 'authenticator-app', by: 'test', days: { announce: '2023-11-01' } });
  await extendPerson(services, { ...asked, person: 'an', untilAndIncluding: '2024-01-30' });
  expect(await mails('an')).toEqual([]);
});

test('A-312 of an extension and an earlier day the extension counts; lifting one leaves the other', async () => {
  await scheduleForPerson(services, { ...asked, person: 'an', untilAndIncluding: '2023-11-08' });
  const extended = await extendPerson(services, { ...asked, person: 'an', untilAndIncluding: '2024-01-30' });
  expect(extended).toMatchObject({ ok: true, value: { after: { sunsetAt: '2024-01-30T23:00:00.000Z' } } });
  const covered = await scheduleForPerson(services, { ...asked, person: 'an', untilAndIncluding: '2023-11-07' });
  expect(covered).toMatchObject({ ok: false, refusals: [{ code: 'rule_without_effect' }] });
  const lifted = await extendPerson(services, { ...asked, person: 'an', untilAndIncluding: 'none' });
  expect(lifted).toMatchObject({ ok: true, value: { after: { sunsetAt: '2023-11-08T23:00:00.000Z' } } });
});

test('A-310 an account that was changed meanwhile stays as it is', async () => {
  const found = await services.people.findByUsername('an');
  const crossing = {
    ...services,
    people: {
      ...services.people,
      shapes: async () => {
        await services.people.change(found?.id ?? '', (account) => ({ ...account, disabled: true }));
        return services.people.shapes();
      },
    },
  };
  const told = await extendPerson(crossing, { ...asked, person: 'an', untilAndIncluding: '2024-01-30' });
  expect(told).toMatchObject({ ok: false, refusals: [{ code: 'dates_changed_meanwhile' }] });
  expect(await services.people.findByUsername('an')).not.toHaveProperty('dates');
});

test('A-320 an extension that is removed within an hour is in no mail; one that is removed later gets one correction', async () => {
  await extendPerson(services, { ...asked, person: 'an', untilAndIncluding: '2024-01-30' });
  await extendPerson(services, { ...asked, person: 'an', untilAndIncluding: 'none' });
  admin.clock.set(admin.clock.now() + 2 * 3_600_000);
  expect([await remind(), await mails('an')]).toEqual([0, []]);

  await extendPerson(services, { ...asked, person: 'an', untilAndIncluding: '2024-01-20', sendNow: true });
  admin.clock.set(admin.clock.now() + 60_000);
  expect(await remind()).toBe(1);
  await extendPerson(services, { ...asked, person: 'an', untilAndIncluding: '2024-01-30', sendNow: true });
  admin.clock.set(admin.clock.now() + 60_000);
  expect(await remind()).toBe(1);
  expect(await remind()).toBe(0);
  expect((await mails('an')).map(({ template, data }) => [template, data['sunsetAt']])).toEqual([
    ['key_going', startOfDay('2024-01-21', zone)],
    ['key_later', startOfDay('2024-01-31', zone)],
  ]);
});
