import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { initialSchedules } from '../schedules/from-configuration.ts';
import type { FactorConfiguration } from '../config/schema.ts';
import { adminServices, type AdminServices } from '../test/harness/admin-services.ts';
import { freePort } from '../test/harness/free-port.ts';
import { serverProcess } from '../test/harness/server-process.ts';
import { scheduleDifferences } from './schedule-differences.ts';

const factor = (schedule: object): FactorConfiguration => ({
  enabled: true,
  recommended: false,
  offerAfterEnrolment: false,
  settings: {},
  schedule: { zone: 'Europe/Brussels', after: 'refuse', replacements: [], rules: [], ...schedule },
});
const now = Date.parse('2024-01-10T12:00:00Z');
const same = {
  announce: '2024-01-01',
  closeEnrolment: '2024-01-05',
  untilAndIncluding: '2024-01-30',
  purge: '2024-03-01',
};

test.each<[string, object, object, object[]]>([
  ['the same dates', same, same, []],
  [
    'days that are counted from the first start',
    { untilAndIncluding: 'in 10 days' },
    { untilAndIncluding: 'in 3 days' },
    [],
  ],
  ['a date that the file does not say', { closeEnrolment: '2024-01-05' }, same, []],
  [
    'another last day',
    same,
    { ...same, untilAndIncluding: '2024-02-15' },
    [{ date: 'untilAndIncluding', for: 'all', configured: '2024-01-30', stored: '2024-02-15' }],
  ],
  [
    'dates that were lifted',
    same,
    { announce: '2024-01-01' },
    [
      { date: 'closeEnrolment', for: 'all', configured: '2024-01-05', stored: 'none' },
      { date: 'untilAndIncluding', for: 'all', configured: '2024-01-30', stored: 'none' },
      { date: 'purge', for: 'all', configured: '2024-03-01', stored: 'none' },
    ],
  ],
  [
    'another zone is another instant',
    same,
    { ...same, zone: 'America/New_York' },
    Object.entries(same).map(([date, day]) => ({ date, for: 'all', configured: day, stored: day })),
  ],
  [
    'dates of one relying party',
    { ...same, rules: [{ client: 'tax', untilAndIncluding: '2024-01-20' }] },
    { ...same, rules: [{ client: 'tax', untilAndIncluding: '2024-01-21' }] },
    [{ date: 'untilAndIncluding', for: 'client:tax', configured: '2024-01-20', stored: '2024-01-21' }],
  ],
])('%s', (_, configured, stored, differences) => {
  const found = scheduleDifferences(
    { card: factor(configured), unknown: factor(same) },
    initialSchedules({ card: factor(stored) }, now),
  );
  expect(found).toEqual(differences.map((difference) => ({ factor: 'card', ...difference })));
});

let services: AdminServices;
let port: number;
beforeAll(async () => {
  port = await freePort();
  services = await adminServices({
    configuration: `issuer: http://localhost:${port}
name: Test
listen: { port: ${port} }
state: state
mail: { outbox: true }
factors:
  token-card: { schedule: { untilAndIncluding: 2024-01-30, zone: Europe/Brussels } }
  email-otp: {}
`,
  });
});
afterAll(() => services.close());

test('`config check` tells it where the store is there, and makes none where it is not', async () => {
  const before = await services.rekey('config check --json');
  expect(before.json()).toMatchObject({ ok: true, warnings: [] });
  expect(await readdir(services.folder)).toEqual(['deployment.yaml']);

  await services.rekey('factor list');
  expect((await services.rekey('config check --json')).json()).toMatchObject({ warnings: [] });
  await services.rekey('factor schedule token-card --until-and-including 2024-02-15');
  const told = await services.rekey('config check');
  expect(told.exit).toBe(0);
  expect(told.out).toContain(
    'factors.token-card.schedule.untilAndIncluding: says 2024-01-30, and the store 2024-02-15, which counts',
  );
});

test('the start warns in one line, with the factor and both dates', async () => {
  const server = serverProcess({ REKEY_CONFIG: services.file });
  try {
    await server.until('listening');
    expect(server.lines('schedule.differs')).toMatchObject([
      { level: 40, factor: 'token-card', date: 'untilAndIncluding', configured: '2024-01-30', stored: '2024-02-15' },
    ]);
  } finally {
    await server.stop();
  }
});
