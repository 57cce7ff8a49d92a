/** Whom a change would strand, listed before it is written: the people whom its dry run counts, and no others. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import type { FactorPersonLine } from '../use-cases/factor-people.ts';
import type { Preflight } from '../use-cases/preflight.ts';

const configuration = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
signIn: { secureAccount: true, secondFactorDeadlines: [{ announce: 2023-01-01, from: 2023-02-01, zone: UTC }] }
factors:
  token-card: {}
  email-otp: {}
  authenticator-app: {}
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
  - { id: bank, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb], accepts: [authenticator-app, email-otp] }
  - { id: vault, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb], accepts: [authenticator-app, token-card] }
  - { id: desk, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb], accepts: [token-card] }
`;
const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const mail = (username: string) => ({ factor: 'email-otp', data: { address: `${username}@example.org` } });
const people = [
  { username: 'an', keys: [app], groups: ['staff'] },
  { username: 'bart', keys: [app, mail('bart')], groups: ['staff'] },
  { username: 'carla', keys: [app], email: undefined },
  { username: 'emma', keys: [mail('emma')] },
  { username: 'frank', keys: [] },
  { username: 'off', keys: [app], disabled: true },
].map((person) => ({ email: 'somebody@example.org', language: 'en', ...person }));

let admin: AdminServices;
beforeAll(async () => {
  admin = await adminServices({ configuration });
  const told = await admin.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
  if (told.exit !== 0) throw new Error(told.err);
}, 60_000);
afterAll(() => admin.close());

const zone = '--zone Europe/Brussels';
const dryRun = async (dates: string) =>
  (await admin.rekey(`factor schedule authenticator-app ${dates} --dry-run --json`)).json<{ preflight: Preflight }>()
    .preflight;
const listed = async (words: string) =>
  (await admin.rekey(`factor holders authenticator-app ${words} --json`)).json<readonly FactorPersonLine[]>();

const rows = [
  `--until-and-including 2023-12-09 ${zone}`,
  `--until-and-including 2023-12-09 ${zone} --after refuse`,
  `--until-and-including 2023-12-09 ${zone} --after re-enrol`,
  `--until-and-including 2023-12-09 ${zone} --after re-enrol --replacement email-otp`,
  `--until-and-including 2023-12-09 ${zone} --after re-enrol --close-enrolment 2023-10-10 --replacement email-otp`,
  `--close-enrolment 2023-10-10 ${zone}`,
];

test.each(rows)('A-410 the list is the people whom the dry run counts: %s', async (dates) => {
  const look = await dryRun(dates);
  const lines = await listed(`--stranded ${dates}`);
  expect(lines.filter(({ newlyStranded }) => newlyStranded)).toHaveLength(look.newlyStranded);
  expect(lines.filter(({ holds }) => holds)).toHaveLength(look.stranded);
  for (const { client, stranded } of look.byClient)
    expect([
      client,
      (await listed(`--stranded ${dates} --client ${client}`)).filter(({ holds }) => holds).length,
    ]).toEqual([client, stranded]);
  for (const { group, stranded } of look.byGroup)
    expect((await listed(`--stranded ${dates} --group ${group}`)).filter(({ holds }) => holds)).toHaveLength(stranded);
  expect(await admin.rekey('factor history authenticator-app --json')).toMatchObject({
    out: expect.stringContaining('"states": []'),
  });
});

test('A-410 the dry run names the command that lists them, and the command gives the number that is accepted', async () => {
  const [, refuse] = rows;
  const told = await admin.rekey(`factor schedule authenticator-app ${refuse} --dry-run`);
  const text = told.out + told.err;
  const command = /^Who they are: rekey (.*)$/m.exec(text)?.[1];
  expect(command).toBe(
    'factor holders authenticator-app --stranded --until-and-including 2023-12-09 --zone Europe/Brussels --after refuse',
  );
  const number = /--accept-stranded (\d+)/.exec(text)?.[1];
  expect(Number(number)).toBeGreaterThan(0);
  const list = await admin.rekey(command ?? '');
  expect(list.out).toContain(
    `${number} of them have a way in by the dates in force and would have none by these dates: what --accept-stranded counts.`,
  );
});

test('A-410 dates that no change would take are refused as there, and nothing is written', async () => {
  const told = await admin.rekey('factor holders authenticator-app --until-and-including 2023-02-30 --zone UTC --json');
  expect([told.exit, told.json()]).toMatchObject([1, { refused: [{ code: 'day_invalid' }] }]);
  const none = await admin.rekey('factor holders authenticator-app --until-and-including 2023-12-09 --json');
  expect([none.exit, none.json()]).toMatchObject([1, { refused: [{ code: 'zone_missing' }] }]);
  expect((await admin.rekey('factor holders authenticator-app --after later')).exit).toBe(2);
});

const refused = rows[1] ?? '';
test.each([
  ['people_stranded', `authenticator-app ${refused}`],
  ['stranded_differs', `authenticator-app ${refused} --accept-stranded 99 --reason x`],
  ['day_near', `token-card --group staff --until-and-including 2023-10-03 ${zone}`],
  ['client_would_close', `token-card --until-and-including 2023-12-09 ${zone} --accept-stranded 0 --reason x`],
])('A-427 the dry run is refused as the command is, in the same words (%s): %s', async (code, words) => {
  const command = `factor schedule ${words}`;
  const [dry, real] = [await admin.rekey(`${command} --dry-run`), await admin.rekey(command)];
  expect(dry.exit).toBe(1);
  expect([dry.exit, dry.out, dry.err]).toEqual([real.exit, real.out, real.err]);
  expect((await admin.rekey(`${command} --dry-run --json`)).json()).toMatchObject({ refused: [{ code }] });
  expect((await admin.rekey('factor history token-card --json')).out).toContain('"states": []');
  expect((await admin.rekey('factor history authenticator-app --json')).out).toContain('"states": []');
});

test('A-411 who had no way in before is told apart, in the list, in its members and in the sum', async () => {
  const [, refuse] = rows;
  const { newlyStranded } = await dryRun(refuse ?? '');
  const planned = await listed(`--stranded ${refuse}`);
  await admin.rekey(
    `factor schedule authenticator-app ${refuse} --accept-stranded ${newlyStranded} --reason x`.split(' '),
  );
  expect(await listed('--stranded')).toEqual(planned);
  expect(planned.filter(({ newlyStranded, holds }) => newlyStranded && !holds)).not.toEqual([]);
  const told = async (client: string) => {
    const lines = await listed(`--stranded --client ${client}`);
    const { out } = await admin.rekey(`factor holders authenticator-app --stranded --client ${client}`);
    const newly = lines.filter((line) => line.newlyStranded);
    for (const line of lines)
      expect(out).toMatch(new RegExp(`^${line.username} .*no way in${line.newlyStranded ? '  ' : ', as before'}`, 'm'));
    expect(out).toContain(`${newly.length} of them have no way in because of the dates of authenticator-app.`);
    expect(out).toContain(
      `${lines.length - newly.length} of them would have no way in without these dates either (“as before”).`,
    );
    return [newly.length, lines.length - newly.length];
  };
  // Nobody has a card: all who have an app had no way in at the desk before, and everybody had one at the vault.
  expect(await told('desk')).toEqual([0, 3]);
  expect(await told('vault')).toEqual([5, 0]);
});
