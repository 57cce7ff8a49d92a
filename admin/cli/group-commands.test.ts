// many people are added to a group, or removed, by a list that is judged as a whole first.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices({ onStoreOfRun: true });
});
afterEach(() => services.close());

const mailKey = (name: string) => ({ keys: [{ factor: 'email-otp', data: { address: `${name}@example.org` } }] });
const take = (...people: readonly object[]) =>
  services.rekey('person import -', people.map((person) => JSON.stringify(person)).join('\n'));
const told = async (words: string, list: string | Buffer) => {
  const answered = await services.rekey(`${words} --list - --json`, list);
  return [answered.exit, answered.json()] as const;
};
const groupsOf = async (name: string) => (await (await services.open()).people.findByUsername(name))?.groups;
const events = async (action: string) =>
  (await services.rekey('audit list --json'))
    .json<readonly { readonly action: string; readonly facts: unknown }[]>()
    .filter((event) => event.action === action);

test('A-353 into a group and out again: names in any spelling or ids, a dry run, people who are in it already', async () => {
  await take({ username: 'an' }, { username: 'bo', groups: ['pilot'] }, { username: 'cy', id: 'id-number-cy' });
  const list = '\ufeffAN\r\n\r\nbo\nid-number-cy\n';
  const dry = await told('person group-add pilot --dry-run', list);
  expect(dry).toMatchObject([0, { changed: 2, same: 1, written: false }]);
  expect(await groupsOf('an')).toEqual([]);
  expect(await told('person group add pilot', list)).toMatchObject([0, { changed: 2, same: 1, written: true }]);
  for (const name of ['an', 'bo', 'cy']) expect(await groupsOf(name)).toEqual(['pilot']);
  expect(await told('person group add pilot', list)).toMatchObject([0, { changed: 0, same: 3, written: false }]);
  expect(await events('group.joined')).toMatchObject([{ facts: { group: 'pilot' } }, { facts: { group: 'pilot' } }]);
  await writeFile(join(services.folder, 'names.txt'), 'an\ncy');
  const out = await services.rekey('person group remove pilot --list names.txt --reason back');
  expect([out.exit, out.out]).toEqual([0, '2 people out of pilot; 0 not in it already.\n']);
  expect(out.err).toContain('writing pilot: 2 of 2');
  expect([await groupsOf('an'), await groupsOf('bo')]).toEqual([[], ['pilot']]);
  expect(await events('group.left')).toHaveLength(2);
});

test('A-353 every fault is reported with its line, and nothing is done until the list is correct, or with --skip', async () => {
  await take({ username: 'an' }, { username: 'bo' });
  const list = Buffer.concat([
    Buffer.from('an\nnobody\nAn\nbo\u0007\n'),
    Buffer.from([0x62, 0xe9, 0x0a]),
    Buffer.from(`${'x'.repeat(101)}\nbo\n`),
  ]);
  const faults = [
    { line: 2, fault: 'unknown' },
    { line: 3, fault: 'doubled', says: 'is the person of line 1' },
    { line: 4, fault: 'malformed' },
    { line: 5, fault: 'malformed', says: 'is not UTF-8 (byte 2 of the line)' },
    { line: 6, fault: 'malformed' },
  ];
  for (const words of ['person group-add pilot', 'person group-add pilot --dry-run'])
    expect(await told(words, list)).toMatchObject([1, { refused: [{ code: 'list_faulty' }], faults }]);
  expect([await groupsOf('an'), await groupsOf('bo')]).toEqual([[], []]);
  expect(await told('person group-add pilot --skip', list)).toMatchObject([0, { changed: 2, skipped: faults }]);
  expect([await groupsOf('an'), await groupsOf('bo')]).toEqual([['pilot'], ['pilot']]);
});

test('A-353 no list, a missing file, an invalid group', async () => {
  expect((await services.rekey('person group-add pilot')).exit).toBe(2);
  expect((await services.rekey('person group-add pilot --list nowhere --json')).json()).toMatchObject({
    refused: [{ code: 'file_unreadable' }],
  });
  await take({ username: 'an' });
  const answered = await services.rekey(['person', 'group-add', 'a\u0007b', '--list', '-', '--json'], 'an');
  expect([answered.exit, answered.json()]).toMatchObject([1, { refused: [{ code: 'person_details_invalid' }] }]);
});

test('A-354 into a group whose rule ends the only key sooner: refused with the number, the dry run alike', async () => {
  await take(
    { username: 'an', email: 'an@example.org', ...mailKey('an') },
    { username: 'bo', email: 'bo@example.org', ...mailKey('bo') },
    { username: 'cy', email: 'cy@example.org' },
    { username: 'off', email: 'off@example.org', disabled: true, ...mailKey('off') },
  );
  const dates = 'factor schedule email-otp --group pilot --until-and-including 2023-12-01 --zone Europe/Brussels';
  await take({ username: 'first', groups: ['pilot'] });
  const set = await services.rekey(`${dates} --after refuse`);
  expect([set.exit, set.err]).toEqual([0, '']);
  const list = 'an\nbo\ncy\noff\n';
  for (const words of ['person group-add pilot', 'person group-add pilot --dry-run'])
    expect(await told(words, list)).toMatchObject([
      1,
      { refused: [{ code: 'people_stranded' }], look: { touched: 4, stranded: 2, near: 0, byClient: { tax: 2 } } },
    ]);
  expect(await groupsOf('an')).toEqual([]);
  const accept = (number: number) =>
    services.rekey(
      [
        'person',
        'group-add',
        'pilot',
        '--list',
        '-',
        '--accept-stranded',
        String(number),
        '--reason',
        'they know',
        '--json',
      ],
      list,
    );
  expect((await accept(1)).json()).toMatchObject({ refused: [{ code: 'stranded_differs' }] });
  expect((await accept(2)).json()).toMatchObject({ changed: 4, written: true });
  expect(await events('group.joined')).toHaveLength(4);
});

test('A-354 into a group whose last day is over, with another key left: near, so it must be accepted', async () => {
  const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
  await take({ username: 'an', email: 'an@example.org', keys: [...mailKey('an').keys, app] });
  await take({ username: 'first', groups: ['pilot'] });
  const dates = 'factor schedule email-otp --group pilot --until-and-including 2023-09-01 --zone Europe/Brussels';
  const set = await services.rekey([...dates.split(' '), '--accept-stranded', '0', '--reason', 'nobody there']);
  expect([set.exit, set.err]).toEqual([0, '']);
  expect(await told('person group-add pilot', 'an')).toMatchObject([1, { refused: [{ code: 'day_near' }] }]);
  const on = ['person', 'group-add', 'pilot', '--list', '-', '--accept-stranded', '0', '--reason', 'agreed'];
  expect((await services.rekey(on, 'an')).exit).toBe(0);
});
