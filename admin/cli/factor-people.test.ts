/** The list of the people whom a pre-flight counts, as an administrator prints it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices, type Told } from '../../test/harness/admin-services.ts';
import type { FactorPersonLine } from '../use-cases/factor-people.ts';
import type { Preflight } from '../use-cases/preflight.ts';

const configuration = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
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
  { username: 'an', keys: [app], groups: ['staff'] },
  { username: 'bart', keys: [app, mail('bart')], groups: ['staff'] },
  { username: '=cmd|calc', keys: [app] },
  { username: 'emma', keys: [mail('emma')] },
  { username: 'off', keys: [app], disabled: true },
].map((person) => ({ ...person, email: 'somebody@example.org', language: 'en' }));

let admin: AdminServices;
let stranded: number;
beforeEach(async () => {
  admin = await adminServices({ configuration });
  await admin.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
  const schedule = 'factor schedule authenticator-app --until-and-including 2023-12-09 --zone Europe/Brussels --json';
  const { preflight } = (await admin.rekey(schedule)).json<{ preflight: Preflight }>();
  stranded = preflight.newlyStranded;
  await admin.rekey(`${schedule} --accept-stranded ${stranded} --reason x`);
});
afterEach(() => admin.close());

const listing = (words = '') => admin.rekey(`factor holders authenticator-app ${words}`.trim().split(' '));
const listed = async (words = '') => (await listing(`${words} --json`.trim())).json<readonly FactorPersonLine[]>();
const names = async (words = '') => (await listed(words)).map(({ username }) => username).toSorted();
const codes = (told: Told) => told.json<{ refused?: { code: string }[] }>().refused?.map(({ code }) => code);

test('A-316 as many are stranded as the pre-flight counts, everywhere and at each relying party', async () => {
  expect(stranded).toBeGreaterThan(0);
  expect(await listed('--stranded')).toHaveLength(stranded);
  const dry = (await admin.rekey('factor schedule authenticator-app --announce 2023-10-02 --dry-run --json')).json<{
    preflight: Preflight;
  }>();
  const look = dry.preflight;
  expect(await listed(`--stranded --at ${new Date(look.at).toISOString().slice(0, 19)}Z`)).toHaveLength(look.stranded);
  for (const { client, stranded: there } of look.byClient)
    expect(
      await listed(`--stranded --client ${client} --at ${new Date(look.at).toISOString().slice(0, 19)}Z`),
    ).toHaveLength(there);
});

test('A-316 all, only people who hold it, one group, another instant', async () => {
  expect(await names()).toEqual(['=cmd|calc', 'an', 'bart', 'off']);
  expect(await names('--only')).toEqual(['=cmd|calc', 'an', 'off']);
  expect(await names('--group staff')).toEqual(['an', 'bart']);
  expect(await listed('--stranded --at 2023-12-09T23:59')).toEqual([]);
  expect(await listed('--stranded --at 2023-12-10')).toHaveLength(stranded);
  const bart = (await listed()).find(({ username }) => username === 'bart');
  expect(bart).toMatchObject({
    fate: 'stranded',
    strandedAt: ['bank'],
    otherKeys: ['email-otp'],
    sunsetAt: '2023-12-09T23:00:00.000Z',
  });
});

test('A-316 CSV goes to a spreadsheet without a formula; the terminal gets lines and their number', async () => {
  const { out } = await listing('--csv');
  const [head, ...lines] = out.trimEnd().split('\r\n');
  expect(head).toBe('id,username,groups,disabled,fate,strandedAt,otherKeys,sunsetAt,newlyStranded,holds');
  expect(lines).toHaveLength(4);
  expect(out).toContain(`"'=cmd|calc"`);
  const text = (await listing('--stranded')).out;
  expect(text).toContain(`${stranded} people, at 2023-12-10 00:00 (Europe/Brussels) (2023-12-09T23:00:00.000Z).`);
});

test.each([
  ['--at 2023-13-01', 'time_invalid'],
  ['--at 2023-02-29T09:00', 'time_invalid'],
  ['--at 2023-10-29T02:30', 'time_invalid'],
  ['--at 2024-03-31T02:30', 'time_invalid'],
  ['--at 9999-12-31', 'time_invalid'],
  ['--at tomorrow', 'time_invalid'],
  ['--client txa', 'client_unknown'],
  ['--group stuff', 'group_unknown'],
])('A-316 %s is refused: %s', async (words, code) => {
  const told = await listing(`${words} --json`);
  expect([told.exit, codes(told)]).toEqual([1, [code]]);
});

test('A-316 a local time that occurs twice needs its offset', async () =>
  expect((await listing('--at 2023-10-29T02:30+01:00 --json')).exit).toBe(0));
