/** `rekey explain`: what a person sees, by name and time, or from a line of the audit log. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newPendingId } from '../../accounts/person-store.ts';
import { adminServices, type AdminServices, type Told } from '../../test/harness/admin-services.ts';
import type { Explained } from '../use-cases/explain.ts';
import type { ExplainedLine } from '../use-cases/explain-audit.ts';

const configuration = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
signIn: { order: key-first }
factors:
  token-card: {}
  email-otp: {}
  authenticator-app: {}
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
  - { id: bank, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb], accepts: [email-otp] }
`;
const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const people = [
  { username: 'an', keys: [app] },
  { username: '--at', keys: [app] },
  { username: 'off', keys: [app], disabled: true },
  { username: 'nokey' },
].map((person) => ({ ...person, email: 'somebody@example.org', language: 'en' }));

let admin: AdminServices;
beforeEach(async () => {
  admin = await adminServices({ configuration });
  await admin.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
  await admin.rekey(
    'factor schedule authenticator-app --until-and-including 2023-12-09 --zone Europe/Brussels --after re-enrol',
  );
});
afterEach(() => admin.close());

const codes = (told: Told) => told.json<{ refused?: { code: string }[] }>().refused?.map(({ code }) => code);
const shown = async (words: string) => (await admin.rekey(`explain ${words} --json`)).json<Explained>();

test('A-317 the terminal gets keys, whose day it is, and pages', async () => {
  const { exit, out } = await admin.rekey('explain an --client tax --at 2023-12-10T09:00');
  expect(exit).toBe(0);
  expect(out).toBe(
    [
      'an at tax (level low), 2023-12-10 09:00 (Europe/Brussels) (2023-12-10T08:00:00.000Z):',
      '  authenticator-app  does not count: its last day is over; everyone’s last day decides: until and including 9 December 2023 (over from 2023-12-10 00:00 (Europe/Brussels), 2023-12-09T23:00:00.000Z)',
      'Pages: choose-key → phase-out.',
      'The dialog of authenticator-app asks for a new key, and nothing else goes on.',
      '',
    ].join('\n'),
  );
});

test('A-317 as JSON; a name like an option; nobody’s keys; a disabled account as its sign-in goes', async () => {
  expect(await shown('an --client tax --at 2023-12-09T23:59')).toMatchObject({
    username: 'an',
    client: 'tax',
    at: '2023-12-09T22:59:00.000Z',
    zone: 'Europe/Brussels',
    keys: [{ factor: 'authenticator-app', counts: true }],
    pages: ['choose-key', 'phase-out'],
  });
  expect((await admin.rekey(['explain', '--client', 'tax', '--json', '--', '--at'])).json<Explained>().username).toBe(
    '--at',
  );
  expect(await shown('nokey --client tax')).toMatchObject({ keys: [] });
  expect(await shown('off --client tax')).toMatchObject({ disabled: true, pages: ['choose-key', 'phase-out'] });
  expect(await shown('an --client bank')).toMatchObject({ keys: [{ counts: false }] });
});

test.each([
  ['nobody --client tax', 'person_unknown'],
  ['an --client txa', 'client_unknown'],
  ['an --client tax --at 2023-10-29T02:30', 'time_invalid'],
  ['an --client tax --at 2024-03-31T02:30', 'time_invalid'],
  ['an --client tax --at 2023-02-29', 'time_invalid'],
  ['an --client tax --at 9999-12-31', 'time_invalid'],
  ['--audit 9999', 'audit_line_unknown'],
  ['--audit 1', 'audit_line_no_sign_in'],
])('A-317 A-360 explain %s is refused: %s', async (words, code) => {
  const told = await admin.rekey(`explain ${words} --json`);
  expect([told.exit, codes(told)]).toEqual([1, [code]]);
  const text = await admin.rekey(`explain ${words}`);
  expect([text.exit, text.out]).toEqual([1, '']);
  expect(text.err).toMatch(/\S/);
});

test.each([
  'explain',
  'explain an',
  'explain --client tax',
  'explain an --audit 1',
  'explain --audit 0',
  'explain --audit x',
])('A-317 A-360 %s is not understood', async (words) => {
  const told = await admin.rekey(`${words} --json`);
  expect([told.exit, codes(told)]).toEqual([2, ['usage']]);
});

test('A-317 a mistyped relying party gets a suggestion', async () => {
  expect((await admin.rekey('explain an --client txa')).err).toContain('Did you mean tax?');
});

test('A-360 from a line of the audit log: its person, relying party and instant, and later changes', async () => {
  const { id } = await shown('an --client tax').then(({ person }) => ({ id: person }));
  const at = Date.parse('2023-12-10T08:00:00Z');
  const services = await admin.open();
  const event = { at, actor: id, action: 'key.refused', person: id, client: 'tax', factor: 'authenticator-app' };
  await services.audit.append([
    { id: newPendingId(), event: { ...event, reason: 'key_not_held_or_expired' } },
    { id: newPendingId(), event: { ...event, action: 'sign-in.completed' } },
  ]);
  const lines = await services.audit.list({ limit: 2 });
  const [number = 0, last = 0] = lines.map(({ seq }) => seq);

  const told = await admin.rekey(`explain --audit ${number} --json`);
  expect([told.exit, told.json<ExplainedLine>()]).toMatchObject([
    0,
    {
      line: { number, action: 'key.refused', factor: 'authenticator-app', reason: 'key_not_held_or_expired' },
      username: 'an',
      client: 'tax',
      at: '2023-12-10T08:00:00.000Z',
      pages: ['choose-key', 'phase-out'],
      since: [],
    },
  ]);
  const { line: _line, since: _since, ...plain } = told.json<ExplainedLine>();
  expect(plain).toEqual(await shown('an --client tax --at 2023-12-10T09:00'));
  expect((await admin.rekey(`explain --audit ${last}`)).out).toContain('nothing of them has changed since.');

  await admin.rekey('person disable an --reason lost');
  await admin.rekey('person disable off --reason lost');
  await admin.rekey('factor schedule authenticator-app --until-and-including 2023-12-20');
  const later = (await admin.rekey(`explain --audit ${number} --json`)).json<ExplainedLine>();
  expect(later.since.map(({ action }) => action)).toEqual(['person.disabled', 'schedule.changed']);
  const { out } = await admin.rekey(`explain --audit ${number}`);
  expect(out).toMatch(/^Line \d+: key\.refused, authenticator-app, key_not_held_or_expired\. .* Since then:\n {2}\d+ /);
});
