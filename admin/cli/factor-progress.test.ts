/** `factor progress` and `factor timeline` as an administrator sees them, on the store of the run. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import { openMongodb } from '../../adapters/storage/mongodb/open-mongodb.ts';
import { newPendingId } from '../../accounts/pending-id.ts';
import type { AuditEvent } from '../../accounts/person.ts';
import { figureDays } from '../../audit/figure-store.ts';
import { adminServices, type AdminServices, type Told } from '../../test/harness/admin-services.ts';
import { ownDatabase, type OwnDatabase } from '../../test/harness/test-storage.ts';
import { addDays, startOfDay } from '../../time/calendar.ts';
import type { Services } from '../services.ts';
import type { MailsListing } from '../use-cases/factor-mails.ts';
import type { Preflight } from '../use-cases/preflight.ts';
import type { Progress } from '../use-cases/factor-progress.ts';
import type { Timeline } from '../use-cases/factor-timeline.ts';

const configuration = (storage: string) => `issuer: http://localhost:4000
name: Test
state: state
${storage}mail: { outbox: true }
factors:
  token-card: {}
  email-otp: {}
  authenticator-app: {}
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
  - { id: bank, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb], accepts: [authenticator-app, token-card] }
`;
const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const mail = (username: string) => ({ factor: 'email-otp', data: { address: `${username}@example.org` } });
const people = [
  ...Array.from({ length: 60 }, (_, index) => ({
    username: `p${index}`,
    keys: [app],
    groups: index < 20 ? ['staff'] : [],
  })),
  { username: 'bart', keys: [app, mail('bart')], groups: ['staff'] },
  { username: 'emma', keys: [mail('emma')] },
  { username: 'off', keys: [app], disabled: true },
].map((person) => ({ ...person, email: 'somebody@example.org', language: 'en' }));
const zone = 'Europe/Brussels';

let database: OwnDatabase | undefined;
let admin: AdminServices;
let services: Services;
beforeEach(async () => {
  database = await ownDatabase();
  admin = await adminServices({
    configuration: configuration(
      database ? `storage: { mongodb: { uri: "${database.uri}", serverExpiry: false } }\n` : '',
    ),
  });
  await admin.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
  const schedule = `factor schedule authenticator-app --until-and-including 2023-10-20 --announce 2023-09-01 --zone ${zone} --json`;
  const { preflight } = (await admin.rekey(schedule)).json<{ preflight: Preflight }>();
  await admin.rekey(`${schedule} --accept-stranded ${preflight.newlyStranded} --reason x`);
  services = await admin.open();
});
afterEach(async () => {
  await admin.close();
  await database?.drop();
});

type Given = Partial<AuditEvent> & { readonly day: string };
const happen = (events: readonly Given[]) =>
  services.audit.append(
    events.map(({ day, ...event }) => ({
      id: newPendingId(),
      event: {
        at: startOfDay(day, zone) + 40_000_000,
        actor: 'p',
        person: 'p',
        factor: 'authenticator-app',
        client: 'tax',
        ...event,
      } as AuditEvent,
    })),
  );
const moved = (day: string, to: string, groups: readonly string[] = [], client = 'tax'): Given => ({
  day,
  action: 'key.on',
  factor: to,
  client,
  facts: { source: 'enrolled', held: ['authenticator-app'], groups },
});

const progress = (words = '') => admin.rekey(`factor progress authenticator-app ${words}`.trim().split(' '));
const shown = async (words = '') => (await progress(`${words} --json`.trim())).json<Progress>();
const codes = (told: Told) => told.json<{ refused?: { code: string }[] }>().refused?.map(({ code }) => code);

/** Two people a day for twenty days, three in the last week. */
const threeWeeks = (): readonly Given[] =>
  Array.from({ length: 20 }, (_, index) => addDays('2023-09-11', index)).flatMap((day, index) => [
    moved(day, 'email-otp', ['staff']),
    moved(day, 'token-card', [], 'bank'),
    ...(index >= 13 ? [moved(day, 'token-card')] : []),
  ]);

test('A-345 people who still have it, by the accounts; what happened, by the log: moved to which factor, put off, refused, stranded', async () => {
  await happen([
    ...threeWeeks(),
    { day: '2023-09-30', action: 'retirement.postponed', facts: { times: 1, groups: ['staff'] } },
    { day: '2023-10-01', action: 'retirement.postponed', facts: { times: 2, groups: ['staff'] } },
    { day: '2023-10-01', action: 'retirement.refused', client: 'bank' },
    { day: '2023-10-01', action: 'retirement.stranded' },
  ]);
  const all = await shown();
  expect(all).toMatchObject({ since: '2023-09-11', until: '2023-10-01', zone, lastDay: '2023-10-20' });
  expect(all.now).toEqual({ people: 61, only: 60, stranded: 0, disabled: 1 });
  expect(all.movedTo).toEqual({ 'email-otp': 20, 'token-card': 27 });
  expect(all.counts).toMatchObject({
    moved: 47,
    postponed: 2,
    'postponed-first': 1,
    refused: 1,
    stranded: 1,
    given: 62,
  });
  expect(all.days).toHaveLength(21);
  expect(all.days.at(-1)?.counts).toMatchObject({ moved: 0, postponed: 1 });

  expect((await shown('--client bank')).counts).toMatchObject({ moved: 20, postponed: 0, refused: 1 });
  expect((await shown('--group staff')).counts).toMatchObject({ moved: 20, postponed: 2, refused: 0 });
  expect((await shown('--group staff')).now).toMatchObject({ people: 21, only: 20 });
  expect((await shown('--since 2023-09-30 --until 2023-09-30')).counts).toMatchObject({ moved: 3, postponed: 1 });
  // A second call, with nothing new: the same.
  expect((await shown()).counts).toEqual(all.counts);
});

test('A-346 the forecast names its method, and has a range; at one relying party there is none', async () => {
  await happen(threeWeeks());
  const { forecast } = await shown();
  expect(forecast).toEqual({
    method: 'linear over the last 14 whole days',
    over: 14,
    perDay: 2.5,
    daysLeft: 20,
    left: 10,
    range: [0, 20],
  });
  expect((await shown('--client tax')).forecast).toEqual({ none: 'one_relying_party' });
  const text = (await progress()).out;
  expect(text).toContain('when 20 October 2023 is over, 10 people with no key of another factor; 0 to 20');
  expect(text).toContain('linear over the last 14 whole days: 2.5 a day, 20 days left');
  expect(text).toMatch(/2023-09-30 +3 +0 +0 +0 +█{24}/);
});

test('A-345 CSV runs no formula, and adds up', async () => {
  await happen([...threeWeeks(), moved('2023-09-20', '=cmd|calc')]);
  const { out } = await progress('--csv');
  const [head, ...lines] = out.trimEnd().split('\r\n');
  expect(head).toBe('day,factor,client,group,outcome,to,count');
  const sum = lines
    .filter((line) => line.includes(',moved,'))
    .reduce((all, line) => all + Number(line.split(',').at(-1)), 0);
  expect(sum).toBe(48);
  expect(out).toContain(`"'=cmd|calc"`);
});

test('A-345 the picture has a title, a description with the numbers, words at every strip, and no colour', async () => {
  await happen([...threeWeeks(), moved('2023-09-20', '<script>')]);
  const { out, exit } = await progress('--svg');
  expect(exit).toBe(0);
  expect(out).toMatch(/^<svg [^>]*role="img" aria-labelledby="title desc"/);
  expect(out).toContain(
    '<title id="title">Leaving authenticator-app: 2023-09-11 to 2023-10-01 (Europe/Brussels)</title>',
  );
  expect(/<desc id="desc">([^<]*)<\/desc>/.exec(out)?.[1]).toContain(
    '2023-09-30: moved 3, postponed 0, refused 0, stranded 0.',
  );
  for (const strip of ['Moved to another factor', 'Put off', 'Refused by the last day', 'No way left'])
    expect(out).toContain(`>${strip}`);
  const colours = [...out.matchAll(/(?:fill|stroke)="([^"]*)"/g)].map(([, colour]) => colour);
  expect(new Set(colours)).toEqual(new Set(['#fff', '#000', '#333']));
  // Every element that is opened is closed.
  const open: string[] = [];
  for (const [, end, name = '', self] of out.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g))
    if (end) expect(open.pop()).toBe(name);
    else if (!self) open.push(name);
  expect(open).toEqual([]);
});

test.each([
  ['--since 2023-10-02', 1, 'range_in_future'],
  ['--until 2023-10-02', 1, 'range_in_future'],
  ['--since 2023-09-02 --until 2023-09-01', 1, 'range_reversed'],
  ['--since 2023-02-30', 1, 'day_invalid'],
  ['--since tomorrow', 1, 'day_invalid'],
  ['--client txa', 1, 'client_unknown'],
  ['--group stuff', 1, 'group_unknown'],
])('A-345 %s is refused: %s %s', async (words, exit, code) => {
  const told = await progress(`${words} --json`);
  expect([told.exit, codes(told)]).toEqual([exit, [code]]);
});

test('A-345 an unknown factor is refused, two forms at once are no command', async () => {
  expect(codes(await admin.rekey('factor progress sns --json'))).toEqual(['factor_unknown']);
  expect((await progress('--csv --svg')).exit).toBe(2);
  expect((await progress('--rebuild --since 2023-09-01')).exit).toBe(2);
});

test('A-344 --rebuild says whether the figures differed, and corrects them', async () => {
  await happen(threeWeeks());
  const before = await shown();
  expect((await progress('--rebuild')).out).toContain('No figure differed.');
  const { clock } = admin;
  const storage = database
    ? await openMongodb({ uri: database.uri, clock, doesServerExpire: false })
    : await openEmbedded({ file: join(admin.folder, 'state/rekey.db'), clock });
  const days = storage.collection(figureDays);
  const stored = await days.get('authenticator-app 2023-09-20');
  if (!stored) throw new Error('There is no such day.');
  await days.replace(stored.id, { ...stored.value, rows: [] }, stored.version);
  await storage.close();
  expect((await shown()).counts.moved).toBe(before.counts.moved - 2);
  const told = await progress('--rebuild --json');
  expect(told.json()).toMatchObject({ differed: [{ factor: 'authenticator-app', day: '2023-09-20' }], from: null });
  expect((await shown()).counts).toEqual(before.counts);
});

test('A-347 the timeline: dates, extensions, future mails, cohorts, curve, and how many are stranded after each day', async () => {
  await happen(threeWeeks());
  await admin.rekey([
    'person',
    'extend',
    'p0',
    '--factor',
    'authenticator-app',
    '--until-and-including',
    '2023-10-25',
    '--reason',
    'abroad',
    '--accept-stranded',
    '1',
  ]);
  const told = await admin.rekey('factor timeline authenticator-app --json');
  const timeline = told.json<Timeline>();
  expect(timeline.dates.map(({ what, day, over }) => [what, day, over])).toEqual([
    ['announced', '2023-09-01', true],
    ['sunset', '2023-10-20', false],
  ]);
  expect(timeline.extensions).toMatchObject([{ for: 'person:p0', kind: 'extension', lastDay: '2023-10-25' }]);
  const mails = (await admin.rekey('factor mails authenticator-app --json')).json<MailsListing>();
  expect(timeline.mails).toEqual({ due: mails.due, zone });
  // The last change was a moment ago; p0 has a date of its own, and the disabled person gets no mail.
  expect(mails.due.map(({ why, daysBefore, mails: number }) => [why, daysBefore, number])).toEqual([
    ['announcement', null, 61],
    ['reminder', 7, 60],
    ['reminder', 7, 1],
    ['reminder', 1, 60],
    ['reminder', 1, 1],
  ]);
  expect(timeline.cohorts).toEqual([
    { group: null, people: 61, only: 60, stranded: 0, disabled: 1 },
    { group: 'staff', people: 21, only: 20, stranded: 0, disabled: 0 },
  ]);
  // 47 have moved since, so there were 107.
  expect([timeline.curve[0]?.people, timeline.curve.at(-1)?.people]).toEqual([105, 60]);
  const listed = async (at: string) =>
    (await admin.rekey(`factor holders authenticator-app --stranded --at ${at} --json`)).json<readonly unknown[]>()
      .length;
  expect(timeline.stranded.map(({ day, people: number }) => [day, number])).toEqual([
    ['2023-10-20', await listed('2023-10-21')],
    ['2023-10-25', await listed('2023-10-26')],
  ]);
  expect(timeline.stranded[0]?.people).toBe(60);

  const { out } = await admin.rekey('factor timeline authenticator-app');
  for (const part of ['last day', 'person:p0', '7 days before', 'staff', 'Forecast:', '2023-10-25', '2023-09-11: 105'])
    expect(out).toContain(part);
  expect(codes(await admin.rekey('factor timeline token-card --json'))).toEqual(['schedule_missing']);
});
