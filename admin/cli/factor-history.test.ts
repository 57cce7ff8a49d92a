/**
 * The history of a factor's dates, restoring a state, and two administrators at once, on the command line. Also run on
 * MongoDB.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { adminServices, type AdminServices, type Told } from '../../test/harness/admin-services.ts';
import type { FactorListing } from '../use-cases/factor-list.ts';
import { extendPerson } from '../use-cases/person-dates.ts';
import { scheduleFactor } from '../use-cases/factor-schedule.ts';
import type { Services } from '../services.ts';

const configuration = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
extensions: { mostDays: 60, mostPercent: 50 }
factors:
  token-card: {}
  email-otp: { recommended: true }
  authenticator-app: {}
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
`;
const key = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const people = ['an', 'bart'].map((username) => ({
  username,
  email: `${username}@example.org`,
  keys: [key],
  groups: ['staff'],
}));

let admin: AdminServices;
beforeEach(async () => {
  admin = await adminServices({ configuration, onStoreOfRun: true });
  await admin.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
});
afterEach(() => admin.close());

const schedule = (words: string, ...more: readonly string[]) =>
  admin.rekey([...`factor schedule authenticator-app ${words} --json`.split(' '), ...more]);
const first = () => schedule('--until-and-including 2023-12-09 --zone Europe/Brussels --after re-enrol');
const restore = (words: string, ...more: readonly string[]) =>
  admin.rekey([...`factor restore authenticator-app ${words} --json`.split(' '), ...more]);
const codes = (told: Told) => told.json<{ refused?: { code: string }[] }>().refused?.map(({ code }) => code);
const history = async () =>
  (await admin.rekey('factor history authenticator-app --json')).json<{
    states: { number: number; by: string; changes: string[]; restores: number | null; reason: string | null }[];
  }>().states;
const numbers = async () => (await history()).map(({ number }) => number);
const listed = async () =>
  (await admin.rekey('factor list --json')).json<FactorListing[]>().find(({ id }) => id === 'authenticator-app');

describe('A-331 the history', () => {
  test('says number, local time with UTC beside it, who, why, and the difference in words', async () => {
    await first();
    admin.clock.advance(60_000);
    await schedule('--until-and-including 2024-01-30', '--reason', 'the supplier is late');
    admin.clock.advance(60_000);
    await admin.rekey('factor schedule authenticator-app --group staff --until-and-including 2023-11-30');
    const { out, exit } = await admin.rekey('factor history authenticator-app');
    expect(exit).toBe(0);
    expect(out).toBe(
      [
        'authenticator-app: 3 states of its dates, the newest first; at most 100 are kept.',
        '',
        '3  2023-10-01 14:02 (Europe/Brussels), 2023-10-01T12:02:00.000Z  cli:ann  (in force)',
        '   group staff, announced from: none → 2023-10-01 14:02 (Europe/Brussels), 2023-10-01T12:02:00.000Z',
        '   group staff, last day: none → 30 November 2023 (over from 2023-12-01 00:00 (Europe/Brussels), 2023-11-30T23:00:00.000Z)',
        '',
        '2  2023-10-01 14:01 (Europe/Brussels), 2023-10-01T12:01:00.000Z  cli:ann',
        '   “the supplier is late”',
        '   everyone, last day: 9 December 2023 (over from 2023-12-10 00:00 (Europe/Brussels), 2023-12-09T23:00:00.000Z) → 30 January 2024 (over from 2024-01-31 00:00 (Europe/Brussels), 2024-01-30T23:00:00.000Z)',
        '',
        '1  2023-10-01 14:00 (Europe/Brussels), 2023-10-01T12:00:00.000Z  cli:ann',
        '   everyone, announced from: none → 2023-10-01 14:00 (Europe/Brussels), 2023-10-01T12:00:00.000Z',
        '   everyone, last day: none → 9 December 2023 (over from 2023-12-10 00:00 (Europe/Brussels), 2023-12-09T23:00:00.000Z)',
        '   afterwards: none → re-enrol',
        '   replaced by: none → any',
        '   put off: none → until the last day',
        '   time zone: none → Europe/Brussels',
        '',
      ].join('\n'),
    );
  });
  test('of a factor without dates, and of an unknown one', async () => {
    expect((await admin.rekey('factor history email-otp')).out).toBe('email-otp has never had dates.\n');
    const unknown = await admin.rekey('factor history email-op --json');
    expect([unknown.exit, codes(unknown), unknown.out]).toEqual([
      1,
      ['factor_unknown'],
      expect.stringContaining('Did you mean email-otp?'),
    ]);
  });
});

describe('A-332 a former state', () => {
  test('is restored as a whole after unschedule, as a new state', async () => {
    await first();
    await schedule('--group staff --until-and-including 2023-11-30 --replacement email-otp --postponements 3');
    const before = await listed();
    await admin.rekey('factor unschedule authenticator-app');
    expect(await listed()).toMatchObject({ lastDay: null, rules: [] });
    const dry = (await restore('2 --dry-run')).json<object>();
    expect(dry).toMatchObject({
      written: false,
      state: 3,
      after: { lastDay: '2023-12-09' },
      preflight: { touched: 2 },
    });
    expect(await listed()).toMatchObject({ lastDay: null });
    const told = (await restore('2', '--reason', 'lifted by mistake')).json<object>();
    expect(told).toEqual({ ...dry, written: true, state: 4 });
    expect(await listed()).toEqual(before);
    expect((await history())[0]).toMatchObject({ number: 4, restores: 2, reason: 'lifted by mistake', by: 'cli:ann' });
    const trail = (await admin.rekey('audit list --action schedule.changed --json')).json<{ facts: object }[]>();
    expect(trail.at(-1)?.facts).toMatchObject({ state: 4, restores: 2, reason: 'lifted by mistake' });
  });
  test('needs the brake, with the same number and the same sentences as the change itself', async () => {
    await first();
    const strict = '--after refuse --until-and-including 2023-12-10';
    await schedule(strict, '--accept-stranded', '2', '--reason', 'x');
    await schedule('--after re-enrol');
    expect(codes(await restore('2'))).toEqual(['people_stranded']);
    expect((await restore('2')).json()).toEqual((await schedule(strict)).json());
    expect(codes(await restore('2', '--accept-stranded', '1', '--reason', 'x'))).toEqual(['stranded_differs']);
    expect(codes(await restore('2', '--accept-stranded', '2'))).toEqual(['reason_missing']);
    expect(await numbers()).toEqual([3, 2, 1]);
    expect((await restore('2', '--accept-stranded', '2', '--reason', 'decided')).exit).toBe(0);
    expect((await history())[0]).toMatchObject({ number: 4, acceptedStranded: 2, reason: 'decided' });
  });
  test('whose day is nearer than a week needs a zero and a reason', async () => {
    await first();
    await admin.rekey('factor unschedule authenticator-app');
    admin.clock.set(Date.parse('2023-12-05T12:00:00Z'));
    expect(codes(await restore('1'))).toEqual(['day_near']);
    expect((await restore('1', '--accept-stranded', '0', '--reason', 'x')).exit).toBe(0);
  });
  test('whose replacement now ends earlier is refused', async () => {
    await first();
    await schedule('--until-and-including 2024-01-30 --replacement email-otp');
    const mail = '--zone Europe/Brussels --accept-stranded 2 --reason x';
    const ended = await admin.rekey(`factor schedule email-otp --until-and-including 2024-02-15 ${mail}`);
    expect(ended.out + ended.err).toContain('Written');
    await schedule('--until-and-including 2023-12-01');
    await admin.rekey(`factor schedule email-otp --until-and-including 2024-01-15 ${mail}`);
    expect(codes(await restore('2'))).toEqual(['replacement_ends_earlier']);
  });
  test('keeps the bounds of extensions as they are now', async () => {
    await first();
    await schedule('--client tax --extend --until-and-including 2024-01-30', '--reason', 'x');
    await schedule('--client tax --extend --until-and-including 2023-12-20', '--reason', 'x');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(admin.file, configuration.replace('mostDays: 60', 'mostDays: 30'));
    expect(codes(await restore('2'))).toEqual(['extension_too_long']);
    expect(await numbers()).toEqual([3, 2, 1]);
  });
  test.each([
    ['9', 'state_unknown'],
    ['0', 'state_unknown'],
    ['1', 'nothing_to_change'],
  ])('%s is refused: %s', async (number, code) => {
    await first();
    expect([codes(await restore(number)), await numbers()]).toEqual([[code], [1]]);
  });
  test.each(['factor restore authenticator-app', 'factor restore authenticator-app one', 'factor restore a 1 2'])(
    '%s is not understood',
    async (words) => expect((await admin.rekey(words)).exit).toBe(2),
  );
});

describe('A-333 two administrators at once', () => {
  const request = { factor: 'authenticator-app', by: 'cli:ann', days: { untilAndIncluding: '2024-01-30' } };
  /** Somebody changes the dates between the pre-flight and the write. */
  const crossing = async (other: (services: Services) => Promise<unknown>): Promise<Services> => {
    const services = await admin.open();
    return {
      ...services,
      people: {
        ...services.people,
        shapes: async () => {
          await other(services);
          return services.people.shapes();
        },
      },
    };
  };
  test('the second sees both states in words, and writes nothing', async () => {
    await first();
    const services = await crossing((those) =>
      those.schedules.change('cli:ben', (all) => {
        const present = all['authenticator-app'];
        return present && { ...all, 'authenticator-app': { ...present, after: 'refuse' } };
      }),
    );
    const told = await scheduleFactor(services, request);
    expect(told).toEqual({
      ok: false,
      refusals: [
        {
          code: 'dates_changed_meanwhile',
          says: [
            'The dates of authenticator-app were changed after you looked at them, by cli:ben at 2023-10-01 14:00 (Europe/Brussels), 2023-10-01T12:00:00.000Z. Nothing was written.',
            'You looked at state 1: everyone, announced from: 2023-10-01 14:00 (Europe/Brussels), 2023-10-01T12:00:00.000Z; everyone, last day: 9 December 2023 (over from 2023-12-10 00:00 (Europe/Brussels), 2023-12-09T23:00:00.000Z); afterwards: re-enrol; replaced by: any; put off: until the last day; time zone: Europe/Brussels.',
            'Now it is state 2: everyone, announced from: 2023-10-01 14:00 (Europe/Brussels), 2023-10-01T12:00:00.000Z; everyone, last day: 9 December 2023 (over from 2023-12-10 00:00 (Europe/Brussels), 2023-12-09T23:00:00.000Z); afterwards: refuse; replaced by: any; put off: until the last day; time zone: Europe/Brussels.',
          ].join('\n'),
        },
      ],
    });
    expect(await numbers()).toEqual([2, 1]);
  });
  test('a change of another factor, on which the pre-flight depends, is reported with its name', async () => {
    await first();
    const other = { factor: 'email-otp', by: 'cli:ben', zone: 'UTC', days: { closeEnrolment: '2024-06-01' } };
    let done = false;
    const services = await crossing(async (those) => {
      if (done) return;
      done = true;
      await scheduleFactor(those, other);
    });
    const told = await scheduleFactor(services, request);
    expect(told).toMatchObject({ ok: false, refusals: [{ code: 'dates_changed_meanwhile' }] });
    expect(told.ok ? '' : told.refusals[0]?.says).toMatch(
      /^The dates of email-otp .* by cli:ben .*\nYou looked at state 0: no dates/,
    );
    expect(await numbers()).toEqual([1]);
  });
  test.each([
    'schedule authenticator-app --after refuse',
    'unschedule authenticator-app',
    'restore authenticator-app 1',
  ])('factor %s with --if-state of a former state writes nothing', async (words) => {
    await first();
    await schedule('--until-and-including 2024-01-30');
    const old = await admin.rekey(`factor ${words} --if-state 1 --json`, '', {}, undefined, 'ben');
    expect([old.exit, codes(old)]).toEqual([1, ['dates_changed_meanwhile']]);
    expect(old.out).toContain('You looked at state 1: everyone, ');
    expect(await numbers()).toEqual([2, 1]);
    const now = `factor ${words} --if-state 2 --accept-stranded ${words.includes('refuse') ? 2 : 0} --reason x --json`;
    expect((await admin.rekey(now, '', {}, undefined, 'ben')).exit).toBe(0);
    expect((await history())[0]).toMatchObject({ number: 3, by: 'cli:ben' });
  });
  test('an administrator whose clock is behind still changes dates that have come', async () => {
    await first();
    const services = await admin.open();
    services.schedules.marksWhile(() => true);
    admin.clock.set(Date.parse('2023-12-20T12:00:00Z'));
    await services.schedules.current();
    admin.clock.set(Date.parse('2023-12-01T12:00:00Z'));
    expect((await schedule('--until-and-including 2024-01-30')).exit).toBe(0);
  });
});

test('A-338 a day of deletion without a last day needs the brake like a last day', async () => {
  expect(codes(await schedule('--zone Europe/Brussels --purge 2024-03-01'))).toEqual(['people_stranded']);
  const told = await schedule('--zone Europe/Brussels --purge 2023-10-05', '--accept-stranded', '0', '--reason', 'x');
  expect(codes(told)).toEqual(['stranded_differs']);
  expect(await numbers()).toEqual([]);
});

test('A-337 the last factor cannot be ended, whatever is accepted', async () => {
  const end = (factor: string) =>
    admin.rekey(
      `factor schedule ${factor} --until-and-including 2024-01-30 --zone UTC --accept-stranded 2 --reason x --json`,
    );
  for (const factor of ['token-card', 'email-otp', 'authenticator-app']) await end(factor);
  expect((await (await admin.open()).schedules.current())['authenticator-app']).toBeUndefined();
});

test('A-336 two administrators at once do not extend more last days together than the bound permits', async () => {
  const more = ['carla', 'dirk'].map((username) => ({ username, email: `${username}@example.org`, keys: [key] }));
  await admin.rekey('person import -', more.map((one) => JSON.stringify(one)).join('\n'));
  await first();
  // Four people have a key: at most two of them.
  const desks = await Promise.all([admin.open(), admin.open()]);
  const day = { factor: 'authenticator-app', untilAndIncluding: '2024-01-15', reason: 'abroad', by: 'cli:ann' };
  const told = await Promise.all(
    ['an', 'bart', 'carla', 'dirk'].map((person, index) =>
      extendPerson(desks[index % 2] as Services, { ...day, person }),
    ),
  );
  const refused = told.flatMap((one) => (one.ok ? [] : one.refusals.map(({ code }) => code)));
  expect(refused).toEqual(['extension_too_many', 'extension_too_many']);
  expect((await admin.rekey('factor extensions --json')).json()).toHaveLength(2);
});
