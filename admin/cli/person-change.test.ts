// the data of a person is changed, and an account removed, by command.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import type { Services } from '../services.ts';

let services: AdminServices;
const line = (more: object = {}) => JSON.stringify({ username: 'an', email: 'an@example.org', ...more });
const mailKey = { keys: [{ factor: 'email-otp', data: { address: 'an@example.org' } }] };
beforeEach(async () => {
  services = await adminServices({ onStoreOfRun: true });
});
afterEach(() => services.close());

const account = async () => (await services.open()).people.findByUsername('an');
const told = async (words: string | readonly string[]) => {
  const answered = await services.rekey([...(typeof words === 'string' ? words.split(' ') : words), '--json']);
  return [answered.exit, answered.json()] as const;
};
const trail = async (person = 'an') =>
  (await services.rekey(['audit', 'list', '--person', person, '--json'])).json<
    readonly { readonly action: string; readonly facts: unknown }[]
  >();
const open = (): Promise<Services> => services.open();

test('A-351 name, language and groups are changed; values that are not given stay, and the audit log has no name', async () => {
  await services.rekey('person import -', line({ givenName: 'An', familyName: 'Peeters', groups: ['staff'] }));
  const words = [
    'person',
    'set',
    'AN',
    '--family-name',
    'Maes',
    '--language',
    'fr',
    '--group',
    'staff',
    '--group',
    'pilot',
  ];
  expect(await told([...words, '--dry-run'])).toMatchObject([0, { written: false }]);
  expect(await account()).toMatchObject({ familyName: 'Peeters' });
  expect(await told(words)).toMatchObject([0, { changed: ['familyName', 'language', 'groups'], written: true }]);
  expect(await account()).toMatchObject({
    givenName: 'An',
    familyName: 'Maes',
    language: 'fr',
    groups: ['staff', 'pilot'],
    email: { address: 'an@example.org', verifiedAt: expect.any(Number) },
    pending: [],
  });
  expect(await told(words)).toMatchObject([0, { changed: [], written: false }]);
  const changes = (await trail()).filter(({ action }) => action === 'person.changed');
  expect(changes).toMatchObject([
    { facts: { groupsBefore: ['staff'], groupsAfter: ['staff', 'pilot'], languageAfter: 'fr' } },
  ]);
  expect(JSON.stringify(changes)).not.toContain('Maes');
  expect(await told(['person', 'set', 'an', '--given-name', '', '--group', 'none'])).toMatchObject([
    0,
    { written: true },
  ]);
  expect((await account())?.givenName).toBeUndefined();
  expect((await account())?.groups).toEqual([]);
});

test('A-351 a new address is unproven, both addresses get a mail, and the old one can be restored', async () => {
  await services.rekey('person import -', line());
  expect(await told('person set an --email an@example.com')).toMatchObject([0, { changed: ['email'], movedKeys: 0 }]);
  expect(await account()).toMatchObject({
    email: { address: 'an@example.com' },
    formerEmails: [{ address: 'an@example.org' }],
  });
  expect((await account())?.email?.verifiedAt).toBeUndefined();
  const outbox = (await open()).storage.collection<{ destination: string }>({ name: 'outbox' });
  const mails = (await outbox.page({ limit: 9 })).items.map(({ value }) => value.destination);
  expect(mails).toHaveLength(2);
  expect(
    (
      await services.rekey([
        'person',
        'restore-email',
        'an',
        '--address',
        'an@example.org',
        '--reason',
        'a typing mistake',
      ])
    ).exit,
  ).toBe(0);
  expect((await account())?.email).toMatchObject({ address: 'an@example.org', verifiedAt: expect.any(Number) });
});

test('A-351 if the only key gets its codes by e-mail, that is said first; the key moves to the new address', async () => {
  await services.rekey('person import -', line(mailKey));
  expect(await told('person set an --email an@example.com')).toMatchObject([1, { refused: [{ code: 'key_last' }] }]);
  expect((await account())?.email?.address).toBe('an@example.org');
  expect(await told('person set an --email an@example.com --even-last')).toMatchObject([0, { movedKeys: 1 }]);
  const server = await open();
  const key = (await server.people.findByUsername('an'))?.keys[0];
  const factor = server.registry.get('email-otp');
  if (!key || !factor) throw new Error('There is no key.');
  expect(server.sealing.openKey(factor, (await account())?.id ?? '', key.id, key.sealed ?? '')).toMatchObject({
    address: 'an@example.com',
  });
});

test('A-351 out of a group whose extension is the only way in: refused with the number, and on with it', async () => {
  await services.rekey('person import -', line({ ...mailKey, groups: ['abroad'] }));
  await services.rekey('person import -', JSON.stringify({ username: 'bo', groups: ['abroad'] }));
  const end = 'factor schedule email-otp --until-and-including 2023-09-01 --zone Europe/Brussels --after refuse';
  const dates = await services.rekey([...end.split(' '), '--accept-stranded', '1', '--reason', 'it must go']);
  expect([dates.exit, dates.err]).toEqual([0, '']);
  const extend = 'factor schedule email-otp --group abroad --extend --until-and-including 2023-11-20';
  const extended = await services.rekey([...extend.split(' '), '--reason', 'abroad until then']);
  expect([extended.exit, extended.err]).toEqual([0, '']);
  expect(await told('person set an --group none')).toMatchObject([
    1,
    { refused: [{ code: 'people_stranded' }], look: { stranded: 1, near: 1 } },
  ]);
  expect((await account())?.groups).toEqual(['abroad']);
  const accepted = ['person', 'set', 'an', '--group', 'none', '--accept-stranded', '1', '--reason', 'is back'];
  expect(await told(accepted)).toMatchObject([0, { written: true }]);
});

test('A-351 bad input is refused by name, and changes nothing', async () => {
  await services.rekey('person import -', line());
  for (const [words, code] of [
    ['--language xx', 'person_details_invalid'],
    ['--email nobody', 'person_details_invalid'],
    [['--given-name', 'a\u0007b'], 'person_details_invalid'],
    [[], 'nothing_to_change'],
  ] as const) {
    const given = typeof words === 'string' ? words.split(' ') : words;
    expect(await told(['person', 'set', 'an', ...given])).toMatchObject([1, { refused: [{ code }] }]);
  }
  expect(await told('person set bo --language nl')).toMatchObject([1, { refused: [{ code: 'person_unknown' }] }]);
  expect((await trail()).map(({ action }) => action)).toEqual(['person.imported']);
});

test('A-352 a removal must be confirmed; then nothing is left but the id in the audit log, and the name is free', async () => {
  await services.rekey('person import -', line({ ...mailKey, familyName: 'Peeters' }));
  const id = (await account())?.id ?? '';
  const server = await open();
  const now = services.clock.now();
  const browser = { id: 'b', hash: 'h', key: 'k', grantedAt: now, until: now + 1000 };
  await server.people.change(id, (person) => ({ ...person, trustedBrowsers: [browser] }));
  expect(await told('person remove an')).toMatchObject([1, { refused: [{ code: 'confirmation_missing' }] }]);
  expect(await told('person remove an --dry-run')).toMatchObject([0, { written: false, keys: 1, browsers: 1 }]);
  expect(await account()).toMatchObject({ disabled: false });
  expect(await told(['person', 'remove', 'an', '--yes', '--reason', 'asked for it'])).toMatchObject([
    0,
    { person: id, written: true },
  ]);
  const after = await open();
  expect([await after.people.get(id), await after.people.count()]).toEqual([undefined, 0]);
  const left = await after.storage.collection<{ all: boolean }>({ name: 'session-reviews' }).page({ limit: 9 });
  expect(left.items).toMatchObject([{ id, value: { all: true } }]);
  const events = (await services.rekey('audit list --json')).json<readonly { action: string; person?: string }[]>();
  expect(events.at(-1)).toMatchObject({ action: 'person.removed', person: id, facts: { keys: 1, browsers: 1 } });
  expect(JSON.stringify(events)).not.toContain('Peeters');
  expect((await services.rekey('person remove an --yes')).exit).toBe(1);
  expect((await services.rekey('person import - --json', line())).json()).toMatchObject({ added: 1 });
  expect((await account())?.id).not.toBe(id);
});

test('A-352 a removal whose process is killed is completed by the next process', async () => {
  await services.rekey('person import -', line(mailKey));
  const { removePerson } = await import('../use-cases/person-remove.ts');
  const server = await open();
  const { id = '' } = (await account()) ?? {};
  expect(await removePerson(server, { person: 'an', by: 'cli:ann', confirmed: true })).toMatchObject({ ok: true });
  expect(await server.people.get(id)).toMatchObject({ disabled: true, keys: [], groups: [] });
  expect((await server.people.get(id))?.email).toBeUndefined();
  for (const words of ['person show an', 'person enable an', 'person set an --language nl'])
    expect((await services.rekey(words)).exit).toBe(1);
  expect(await (await open()).people.get(id)).toBeUndefined();
});
