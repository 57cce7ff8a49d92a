import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import type { PersonLine } from '../use-cases/person-list.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
});
afterEach(() => services.close());

const people = [
  { id: 'person-a', username: 'an', email: 'an.peeters@example.org', groups: ['staff'] },
  {
    id: 'person-b',
    username: 'desk',
    email: 'Info@bib.example',
    keys: [{ factor: 'email-otp', data: { address: 'info@bib.example' } }],
  },
  { id: 'person-c', username: 'welcome', email: 'onthaal+1@bib.example', disabled: true },
  { id: 'person-d', username: 'nobody' },
];
const listed = async (...words: string[]) =>
  (await services.rekey(['person', 'list', ...words, '--json'])).json<readonly PersonLine[]>();

test('D6 shared mailboxes are flagged, and can be listed alone', async () => {
  expect(await listed()).toEqual([]);
  await services.rekey('person import -', people.map((person) => JSON.stringify(person)).join('\n'));
  const all = await listed();
  expect(all.map(({ username, sharedMailbox }) => [username, sharedMailbox])).toEqual([
    ['an', false],
    ['desk', true],
    ['welcome', true],
    ['nobody', false],
  ]);
  expect(await listed('--shared-mailbox')).toEqual(all.filter(({ sharedMailbox }) => sharedMailbox));
  expect(all[1]).toEqual({
    id: 'person-b',
    username: 'desk',
    email: 'I…@bib.example',
    sharedMailbox: true,
    groups: [],
    disabled: false,
    keys: ['email-otp'],
  });
  const text = (await services.rekey('person list --shared-mailbox')).out;
  expect(text).toMatch(/^desk\s+\S+@bib\.example \(shared\)\s+–\s+email-otp$/m);
  expect(text).toMatch(/2 people\.\n?$/);
  const shown = await services.rekey('person show desk --json');
  expect(shown.json()).toMatchObject({ sharedMailbox: true, trustedBrowsers: 0 });
  expect((await services.rekey('person show desk')).out).toContain('(shared mailbox)');
  expect((await services.rekey('person show an')).out).not.toContain('(shared mailbox)');
});
