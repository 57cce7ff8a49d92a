// a new password by an administrator, who neither sees nor chooses it.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';

const configuration = (reset: string) => `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
password: { reset: ${reset} }
factors:
  email-otp: { recommended: true }
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
`;
const people = [
  { username: 'alice', email: 'alice@example.org', password: 'a sentence that nobody has' },
  { username: 'bob', email: 'bob@example.org' },
  { username: 'desk', email: 'info@example.org', password: 'a sentence that nobody has' },
  { username: 'carol', password: 'a sentence that nobody has' },
];
let services: AdminServices;
const open = async (reset = 'permitted') => {
  services = await adminServices({ configuration: configuration(reset) });
  await services.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
};
beforeEach(() => open());
afterEach(() => services.close());

const named = async (name: string) => (await services.open()).people.findByUsername(name);
const trail = async (name: string, action: string) =>
  (await services.rekey(`audit list --person ${name} --json`))
    .json<readonly { readonly action: string }[]>()
    .filter((line) => line.action === action);
const reset = (name: string, ...more: readonly string[]) =>
  services.rekey(['password', 'reset', name, '--json', '--reason', 'seen at the desk', ...more]);

test('A-444 the password is void, sessions end, the person may set one for a while, and is told', async () => {
  const told = await reset('alice', '--days', '2');
  const until = services.clock.now() + 2 * 86_400_000;
  expect([told.exit, told.json()]).toMatchObject([
    0,
    { username: 'alice', email: 'a…@example.org', until: new Date(until).toISOString() },
  ]);
  const alice = await named('alice');
  expect(alice).toMatchObject({ sessionsEnded: 1, passwordPermit: { until, by: expect.stringMatching(/^cli:/) } });
  expect(alice?.password).toBeUndefined();
  expect(await trail('alice', 'password.voided')).toMatchObject([{ facts: { until, reason: 'seen at the desk' } }]);
  expect(told.out + told.err).not.toMatch(/\b\d{6}\b/);
});

test('A-444 a person without a password is invited', async () => {
  const told = await services.rekey('person invite bob --json');
  expect([told.exit, told.json()]).toMatchObject([0, { username: 'bob' }]);
  const until = services.clock.now() + 14 * 86_400_000;
  expect((await named('bob'))?.passwordPermit).toMatchObject({ until });
  expect(await trail('bob', 'person.invited')).toHaveLength(1);
  expect((await services.rekey('person show bob --json')).json()).toMatchObject({
    maySetPasswordUntil: new Date(until).toISOString(),
  });
});

test.each([
  ['password reset nobody --reason seen-at-the-desk', 'person_unknown'],
  ['password reset bob --reason seen-at-the-desk', 'password_missing'],
  ['password reset carol --reason seen-at-the-desk', 'mailbox_unusable'],
  ['password reset desk --reason seen-at-the-desk', 'mailbox_unusable'],
  ['person invite alice', 'password_present'],
])('A-444 %s: %s, and nothing is changed', async (words, code) => {
  const before = await Promise.all(people.map(({ username }) => named(username)));
  const told = await services.rekey(`${words} --json`);
  expect([told.exit, told.json()]).toMatchObject([1, { refused: [{ code }] }]);
  expect(await Promise.all(people.map(({ username }) => named(username)))).toEqual(before);
});

test.each([[['--days', '31']], [['--days', '0']], [['--reason', 'abc']]])(
  'A-444 %j is refused as used wrongly',
  async (more) => {
    expect((await reset('alice', ...more)).exit).toBe(2);
    expect((await named('alice'))?.password).toBeDefined();
  },
);

test('A-444 a disabled account; a deployment that lets nobody', async () => {
  await services.rekey('person disable alice');
  expect((await reset('alice')).json()).toMatchObject({ refused: [{ code: 'person_disabled' }] });
  await services.close();
  await open('off');
  expect((await reset('alice')).json()).toMatchObject({ refused: [{ code: 'password_reset_off' }] });
});
