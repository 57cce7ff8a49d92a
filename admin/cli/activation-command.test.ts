// an activation is issued by command; link and code are two secrets that go two ways.
import { afterEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { issueActivation } from '../use-cases/activation-issue.ts';
import { listActivations } from '../use-cases/activation-state.ts';

const configuration = (enabled: boolean) => `issuer: http://localhost:4000
name: CSAM
state: state
mail: { outbox: true }
sharedMailboxes: { mayEnrol: false }
activation: { enabled: ${enabled} }
factors:
  email-otp: { recommended: true }
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
`;
const people = [
  { username: 'alice', email: 'alice@example.org', language: 'fr' },
  { username: 'bob' },
  { username: 'desk', email: 'info@example.org' },
];
interface Said {
  readonly paperCode: string;
  readonly until: string;
}
let services: AdminServices;
const open = async (enabled = true) => {
  services = await adminServices({ configuration: configuration(enabled) });
  await services.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
};
afterEach(() => services.close());
const activate = (name: string, ...more: readonly string[]) =>
  services.rekey(['person', 'activation', name, '--json', ...more]);
const named = async (name: string) => (await services.open()).people.findByUsername(name);

test('A-491 the code is given to the caller alone, and no trace says it', async () => {
  await open();
  const told = await activate('alice', '--reason', 'seen at the desk');
  const { paperCode, until } = told.json<Said>();
  expect([told.exit, paperCode, until]).toEqual([
    0,
    expect.stringMatching(/^\w{4}-\w{4}-\w{4}$/),
    new Date(services.clock.now() + 14 * 86_400_000).toISOString(),
  ]);
  expect(JSON.stringify(await named('alice'))).not.toContain(paperCode);
  const audit = await services.rekey('audit list --person alice --json');
  expect(audit.json<readonly { readonly action: string }[]>().map(({ action }) => action)).toContain(
    'activation.issued',
  );
  expect(audit.out).not.toContain(paperCode);
});

test('A-491 the link is mailed in the language of the person, and the account keeps a digest of it', async () => {
  await open();
  const parts = { ...(await services.open()), clock: services.clock };
  const issued = await issueActivation(parts, { person: 'alice', by: 'desk' });
  const alice = await parts.people.findByUsername('alice');
  const mails = alice?.pending.flatMap((item) => (item.kind === 'message' ? [item.message] : [])) ?? [];
  expect(mails).toMatchObject([{ to: 'alice@example.org', language: 'fr', template: 'activation' }]);
  const link = String(mails[0]?.data['link']);
  expect(link).toMatch(/^http:\/\/localhost:4000\/activate\/[\w-]{38}$/);
  expect(JSON.stringify(alice?.activation)).not.toContain(link.slice(-22));
  expect(JSON.stringify(issued)).not.toContain(link.slice(-22));
});

test('A-488 a new letter makes the old one void, and the list tells how far people are', async () => {
  await open();
  const first = (await activate('alice', '--days', '2')).json<Said>();
  const before = await named('alice');
  const second = (await activate('alice')).json<Said>();
  const after = await named('alice');
  expect(second.paperCode).not.toBe(first.paperCode);
  expect(after?.activation?.id).not.toBe(before?.activation?.id);
  expect(after?.activation?.former).toEqual([{ id: before?.activation?.id, link: before?.activation?.link }]);
  const parts = await services.open();
  expect((await parts.people.findByActivation(before?.activation?.id ?? ''))?.id).toBe(after?.id);
  const by = after?.activation?.by ?? '';
  const list = await listActivations({ people: parts.people, clock: services.clock }, { by });
  expect(list).toMatchObject([{ username: 'alice', status: 'issued', triesLeft: 5 }]);
  expect(await listActivations({ people: parts.people, clock: services.clock }, { by: 'nobody' })).toEqual([]);
});

test.each([
  ['nobody', 'person_unknown'],
  ['bob', 'mailbox_unusable'],
  ['desk', 'mailbox_unusable'],
])('A-491 %s: %s, and nothing is changed', async (name, code) => {
  await open();
  const before = await Promise.all(people.map(({ username }) => named(username)));
  const told = await activate(name);
  expect([told.exit, told.json()]).toMatchObject([1, { refused: [{ code }] }]);
  expect(await Promise.all(people.map(({ username }) => named(username)))).toEqual(before);
});

test('A-491 a disabled account; a deployment without activation; a number of days that is none', async () => {
  await open();
  expect((await activate('alice', '--days', '61')).exit).toBe(2);
  await services.rekey('person disable alice');
  expect((await activate('alice')).json()).toMatchObject({ refused: [{ code: 'person_disabled' }] });
  await services.close();
  await open(false);
  expect((await activate('alice')).json()).toMatchObject({ refused: [{ code: 'activation_off' }] });
});

test('A-559 `person show` tells how far an activation is, and no secret of it', async () => {
  await open();
  const shown = async () => services.rekey('person show alice --json');
  interface Shown {
    readonly activation: Readonly<Record<string, unknown>> | null;
  }
  expect((await shown()).json<Shown>().activation).toBeNull();
  expect((await services.rekey('person show alice')).out).not.toContain('activation');
  const { paperCode } = (await activate('alice')).json<Said>();
  const issued = await shown();
  expect(issued.json<Shown>().activation).toEqual({
    status: 'issued',
    issuedAt: new Date(services.clock.now()).toISOString(),
    by: expect.stringMatching(/^cli:/),
    until: expect.any(String),
    openedAt: null,
    activatedAt: null,
    triesLeft: 5,
  });
  expect(issued.out).not.toContain(paperCode);
  expect((await services.rekey('person show alice')).out).toContain('link mailed and letter made');

  const { people } = await services.open();
  const alice = await people.findByUsername('alice');
  const { activation } = alice ?? {};
  if (!alice || !activation) throw new Error('There is no activation.');
  const opened = services.clock.now();
  for (const [status, words, over] of [
    ['opened', '5 tries left', { activation: { ...activation, openedAt: opened } }],
    ['locked', 'too many wrong codes', { activation: { ...activation, tries: 5 } }],
    ['activated', 'done', { activation: { ...activation, doneAt: opened } }],
    ['expired', 'not used', { activation: { ...activation, until: opened } }],
    ['void', 'another address', { email: { address: 'other@example.org' } }],
  ] as const) {
    await people.change(alice.id, (person) => ({
      ...person,
      activation,
      email: alice.email ?? { address: '' },
      ...over,
    }));
    const person = await shown();
    expect([status, person.json<Shown>().activation?.['status']]).toEqual([status, status]);
    const { out } = await services.rekey('person show alice');
    expect(out).toContain(words);
  }
});
