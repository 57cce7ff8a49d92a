// sessions, tokens and trusted browsers of an account can be ended; the audit log says by whom and why.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
  await services.rekey('person import -', JSON.stringify({ username: 'alice', email: 'alice@example.org' }));
});
afterEach(() => services.close());

const trail = async (action: string) =>
  (await services.rekey('audit list --person alice --json'))
    .json<readonly { readonly action: string; readonly actor: string; readonly facts: unknown }[]>()
    .filter((event) => event.action === action);
const alice = async () => (await services.open()).people.findByUsername('alice');

test.each([
  [['session', 'end'], 'sessions.ended', { sessionsEnded: 1 }],
  [['person', 'disable'], 'person.disabled', { disabled: true, sessionsEnded: 1 }],
] as const)(
  'A-205 %j: written, audited with actor and reason; the rest is pending for a server',
  async (words, action, is) => {
    const told = await services.rekey([...words, 'ALICE', '--reason', ' phone stolen ', '--json']);
    expect([told.exit, told.json()]).toMatchObject([0, { username: 'alice', changed: true }]);
    expect(await alice()).toMatchObject({ ...is, pending: [] });
    const left = await (
      await services.open()
    ).storage
      .collection<{ all: boolean }>({ name: 'session-reviews' })
      .page({ limit: 9 });
    expect(left.items.map(({ value }) => value)).toEqual([{ all: true }]);
    expect(await trail(action)).toMatchObject([
      { actor: expect.stringMatching(/^cli:/), facts: { reason: 'phone stolen' } },
    ]);
  },
);

test('A-205 disabled and enabled, each once; the count of ended sessions stays', async () => {
  await services.rekey('person disable alice');
  expect((await services.rekey('person disable alice --json')).json()).toMatchObject({ changed: false });
  expect((await services.rekey('person enable alice --json')).json()).toMatchObject({ changed: true });
  expect((await services.rekey('person enable alice --json')).json()).toMatchObject({ changed: false });
  expect(await alice()).toMatchObject({ disabled: false, sessionsEnded: 1 });
  expect([await trail('person.disabled'), await trail('person.enabled')].map(({ length }) => length)).toEqual([1, 1]);
});

test('A-205 trusted browsers are removed, and the person is told', async () => {
  const server = await services.open();
  const { id } = (await server.people.findByUsername('alice')) ?? { id: '' };
  const now = services.clock.now();
  const browser = { id: 'b', hash: 'h', key: 'k', grantedAt: now, until: now + 1000 };
  await server.people.change(id, (person) => ({ ...person, trustedBrowsers: [browser] }));
  expect((await services.rekey('person revoke-browsers alice --json')).json()).toMatchObject({ changed: true });
  expect((await alice())?.trustedBrowsers ?? []).toEqual([]);
  expect(await trail('browsers.revoked')).toMatchObject([{ facts: { browsers: 1 } }]);
  expect((await services.rekey('person revoke-browsers alice --json')).json()).toMatchObject({ changed: false });
});

test('A-205 an unknown person, and a reason that is too short', async () => {
  for (const words of ['session end', 'person disable', 'person enable', 'person revoke-browsers']) {
    expect((await services.rekey(`${words} bob --json`)).json()).toMatchObject({
      refused: [{ code: 'person_unknown' }],
    });
    const empty = await services.rekey([...words.split(' '), 'alice', '--reason', ' ', '--json']);
    expect([empty.exit, empty.json()]).toMatchObject([1, { refused: [{ code: 'reason_invalid' }] }]);
  }
  expect(await alice()).toMatchObject({ disabled: false, pending: [] });
});
