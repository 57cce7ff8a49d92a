import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, standard, type AdminServices } from '../../test/harness/admin-services.ts';
import type { FactorListing } from '../use-cases/factor-list.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
});
afterEach(() => services.close());

const listed = async (id: string) => {
  const all = (await services.rekey('factor list --json')).json<FactorListing[]>();
  return all.find((one) => one.id === id);
};
const csam = 'factor schedule token-card --until-and-including 2024-01-30 --zone Europe/Brussels';

test('F1: dates are set by one command, count to the millisecond, and the audit log says who, what, before and after', async () => {
  expect(
    (await services.rekey(`${csam} --close-enrolment 2023-12-01 --after re-enrol --replacement email-otp`)).exit,
  ).toBe(0);
  expect(await listed('token-card')).toMatchObject({
    status: 'announced',
    announceAt: '2023-10-01T12:00:00.000Z',
    closeAt: '2023-11-30T23:00:00.000Z',
    sunsetAt: '2024-01-30T23:00:00.000Z',
    lastDay: '2024-01-30',
    zone: 'Europe/Brussels',
    after: 're-enrol',
    replacements: ['email-otp'],
  });
  for (const [offset, status] of [
    [-1, 'closed'],
    [0, 'sunset'],
    [1, 'sunset'],
  ] as const) {
    services.clock.set(Date.parse('2024-01-31T00:00:00+01:00') + offset);
    expect((await listed('token-card'))?.status).toBe(status);
  }
  const [line] = (await services.rekey('audit list --json')).json<Record<string, unknown>[]>();
  expect(line).toMatchObject({
    seq: 1,
    actor: 'cli:ann',
    action: 'schedule.changed',
    factor: 'token-card',
    at: '2023-10-01T12:00:00.000Z',
    facts: {
      before: null,
      after: { zone: 'Europe/Brussels', rules: [{ sunsetAt: Date.parse('2024-01-30T23:00:00Z') }] },
    },
  });
  expect((await services.rekey('audit verify')).exit).toBe(0);
});

test('a change counts at once in a process that has the store open', async () => {
  const server = await services.open();
  expect((await server.schedules.current())['token-card']).toBeUndefined();
  await services.rekey(csam);
  expect((await server.schedules.current())['token-card']?.rules[0]?.sunsetAt).toBe(Date.parse('2024-01-30T23:00:00Z'));
});

test('a dry run says what would happen and writes nothing, not even an audit event', async () => {
  const told = await services.rekey(`${csam} --dry-run --json`);
  expect(told.json()).toMatchObject({
    written: false,
    before: { status: 'active', lastDay: null },
    after: { status: 'announced', lastDay: '2024-01-30' },
    preflight: { people: 0, touched: 0, stranded: 0, newlyStranded: 0 },
  });
  expect(await listed('token-card')).toMatchObject({ status: 'active', lastDay: null });
  expect((await services.rekey('audit list --json')).json()).toEqual([]);
});

test('dates that are not given stay; a date that must come before others does not stay behind them', async () => {
  await services.rekey(
    `${csam} --close-enrolment 2023-12-01 --postponements 3 --replacement email-otp --replacement authenticator-app`,
  );
  await services.rekey('factor schedule token-card --after re-enrol');
  expect(await listed('token-card')).toMatchObject({ lastDay: '2024-01-30', postponements: 3, after: 're-enrol' });
  await services.rekey(
    'factor schedule token-card --until-and-including 2023-09-01 --postponements none --replacement none --accept-stranded 0 --reason lost',
  );
  expect(await listed('token-card')).toMatchObject({
    status: 'sunset',
    announceAt: '2023-09-01T22:00:00.000Z',
    closeAt: '2023-09-01T22:00:00.000Z',
    sunsetAt: '2023-09-01T22:00:00.000Z',
    postponements: null,
    replacements: [],
  });
  await services.rekey('factor schedule token-card --close-enrolment none --until-and-including none');
  expect(await listed('token-card')).toMatchObject({ closeAt: null, sunsetAt: null, lastDay: null });
});

test('A-426 the zone of the deployment is that of the first dates and of every answer, until the factor has one', async () => {
  const own = await adminServices({ configuration: `zone: America/New_York\n${standard}` });
  try {
    await own.rekey('person import -', JSON.stringify({ username: 'an', language: 'nl' }));
    const here = '2023-10-01 08:00 (America/New_York)';
    expect((await own.rekey('factor holders token-card')).out).toContain(`0 people, at ${here}`);
    for (const words of ['explain an --client tax', 'explain an --client tax --at 2023-10-01T08:00'])
      expect((await own.rekey(words)).out).toContain(here);
    expect((await own.rekey('explain an --client tax --at 2023-11-05T01:30')).err).toContain(
      '2023-11-05T01:30 (America/New_York) comes twice',
    );
    const refused = await own.rekey('factor schedule token-card --until-and-including 2023-10-03 --dry-run');
    expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining('2023-10-04 00:00 (America/New_York)')]);
    const told = await own.rekey('factor schedule token-card --until-and-including 2024-01-30 --announce 2023-12-01');
    expect(told.out).toMatch(/announced from .* 2023-12-01 00:00 \(America\/New_York\)/);
    expect(told.out).toMatch(/over from .* 2024-01-31 00:00 \(America\/New_York\)/);
    const [dated] = (await own.rekey('factor list --json')).json<FactorListing[]>();
    expect(dated).toMatchObject({ zone: 'America/New_York', sunsetAt: '2024-01-31T05:00:00.000Z' });
  } finally {
    await own.close();
  }
});

test('another zone moves the days with it', async () => {
  await services.rekey(csam);
  await services.rekey('factor schedule token-card --zone America/New_York');
  expect(await listed('token-card')).toMatchObject({ lastDay: '2024-01-30', sunsetAt: '2024-01-31T05:00:00.000Z' });
});

test('dates for one relying party or group, and their end', async () => {
  await services.rekey('person import -', JSON.stringify({ username: 'an', groups: ['staff'] }));
  await services.rekey(csam);
  await services.rekey('factor schedule token-card --client tax --until-and-including 2023-11-30');
  await services.rekey('factor schedule token-card --group staff --until-and-including 2023-10-31');
  expect(await listed('token-card')).toMatchObject({
    lastDay: '2024-01-30',
    rules: [
      { for: 'client:tax', lastDay: '2023-11-30', status: 'announced' },
      { for: 'group:staff', lastDay: '2023-10-31' },
    ],
  });
  await services.rekey('factor unschedule token-card --client tax');
  expect((await listed('token-card'))?.rules.map((rule) => rule.for)).toEqual(['group:staff']);
  expect((await services.rekey('factor unschedule token-card')).exit).toBe(0);
  expect(await listed('token-card')).toMatchObject({ status: 'active', lastDay: null, rules: [] });
  const again = await services.rekey('factor unschedule token-card --json');
  expect([again.exit, again.json()]).toEqual([
    1,
    { refused: [{ code: 'schedule_missing', says: 'token-card has no dates.' }] },
  ]);
});

test.each([
  [
    'factor schedule tokn-card --until-and-including 2024-01-30 --zone UTC',
    'factor_unknown',
    'There is no factor tokn-card. Did you mean token-card?',
  ],
  ['factor schedule token-card --until-and-including 2024-01-30', 'zone_missing', '--zone Europe/Brussels'],
  [
    'factor schedule token-card --until-and-including 2024-01-30 --zone Brussels',
    'zone_unknown',
    'Brussels is no time zone',
  ],
  ['factor schedule token-card --until-and-including 2023-02-29 --zone UTC', 'day_invalid', '2023-02-29 is no day'],
  ['factor schedule token-card --until-and-including 30/01/2024 --zone UTC', 'day_invalid', '30/01/2024 is no day'],
  [
    `${csam} --close-enrolment 2024-02-01`,
    'dates_out_of_order',
    'the end of enrolment (2024-02-01) comes after the end of its last day (2024-01-30)',
  ],
  [`${csam} --announce 2024-02-01`, 'dates_out_of_order', 'the announcement (2024-02-01) comes after'],
  [`${csam} --purge 2024-01-30`, 'dates_out_of_order', 'comes after the day of deletion'],
  [`${csam} --replacement pigeon-post`, 'replacement_unknown', 'there is no such factor'],
  [
    `${csam} --replacement email-otp --replacement email-opt`,
    'replacement_unknown',
    'email-opt cannot replace token-card: there is no such factor. Did you mean email-otp?',
  ],
  [`${csam} --replacement token-card`, 'replacement_itself', 'cannot replace itself'],
  [
    'factor schedule email-otp --until-and-including 2024-01-30 --zone UTC --replacement token-card',
    'replacement_not_self_service',
    'people cannot activate it themselves',
  ],
  [`${csam} --client txa`, 'client_unknown', 'There is no relying party txa.'],
  ['factor schedule token-card --client tax', 'zone_missing', 'time zone'],
])('%s is refused: %s', async (words, code, says) => {
  const told = await services.rekey(`${words} --json`);
  expect(told.exit).toBe(1);
  const { refused } = told.json<{ refused: { code: string; says: string }[] }>();
  expect(refused.map((one) => one.code)).toContain(code);
  expect(refused.map((one) => one.says).join(' ')).toContain(says);
  expect((await services.rekey('audit list --json')).json()).toEqual([]);
});

test('replacements that end too early, close too early or form a circle are refused, on whichever factor they are set', async () => {
  await services.rekey(`${csam} --replacement email-otp`);
  const codes = async (words: string) => {
    const told = await services.rekey(`${words} --zone Europe/Brussels --json`);
    return told.json<{ refused?: { code: string }[] }>().refused?.map(({ code }) => code);
  };
  expect(await codes('factor schedule email-otp --until-and-including 2024-01-30')).toEqual([
    'replacement_ends_earlier',
  ]);
  expect(await codes('factor schedule email-otp --close-enrolment 2024-01-30')).toEqual(['replacement_closed']);
  expect(
    await codes('factor schedule email-otp --until-and-including 2025-01-30 --replacement authenticator-app'),
  ).toBeUndefined();
  expect(
    await codes('factor schedule authenticator-app --until-and-including 2026-01-30 --replacement email-otp'),
  ).toContain('replacement_in_a_circle');
});

test('no option, a word too many, an unknown option, verb, noun: another exit code than a refusal', async () => {
  await services.rekey(csam);
  expect((await services.rekey('factor schedule token-card')).exit).toBe(1);
  const usage = [
    'factor schedule',
    'factor schedule a b',
    'factor list --jsn',
    'factor lst',
    'fctor list',
    'factor',
    'factor schedule token-card --after maybe',
    'factor schedule token-card --postponements few',
    'factor schedule token-card --client a --group b',
  ];
  for (const words of usage) {
    const told = await services.rekey(words);
    expect([words, told.exit, told.out]).toEqual([words, 2, '']);
    expect(told.err).not.toBe('');
  }
});

test('removed dates do not come back from the configuration at the next start', async () => {
  const own = await adminServices({
    configuration: `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
factors:
  token-card: { schedule: { untilAndIncluding: 2024-01-30, zone: Europe/Brussels, replacements: [email-otp] } }
  email-otp: {}
`,
  });
  try {
    const [first] = (await own.rekey('factor list --json')).json<FactorListing[]>();
    expect(first).toMatchObject({ id: 'token-card', lastDay: '2024-01-30', status: 'announced' });
    await own.rekey('factor unschedule token-card');
    const [again] = (await own.rekey('factor list --json')).json<FactorListing[]>();
    expect(again).toMatchObject({ lastDay: null, status: 'active', replacements: ['email-otp'] });
  } finally {
    await own.close();
  }
});
