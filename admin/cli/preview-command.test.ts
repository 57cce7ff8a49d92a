/**
 * The pages of a sign-in as files in a folder, as an administrator renders them, and as a browser opens them from
 * there.
 */
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { adminServices, type AdminServices, type Told } from '../../test/harness/admin-services.ts';
import { findBrowser, launchBrowser } from '../../test/harness/browser.ts';

const configuration = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
signIn: { order: name-first, secureAccount: true }
links: { help: https://example.org/assets/help }
factors:
  token-card: {}
  email-otp: { recommended: true }
  authenticator-app: {}
  passkey: {}
clients:
  - { id: tax, name: Tax office, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
`;
const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const people = [
  { username: 'an', keys: [app], email: 'an@example.org', language: 'nl' },
  { username: 'bert', keys: [app], email: 'bert@example.org', language: 'fr' },
];

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
const drawn = (words: string) => admin.rekey(`preview ${words}`);
const out = (name: string) => join(admin.folder, name);
const page = (folder: string, file: string) => readFile(join(out(folder), file), 'utf8');
const steps = async (folder: string) => (await readdir(out(folder))).toSorted();

test('A-361 the pages are files in a folder that only its owner can read, in order, in the person’s language', async () => {
  const told = await drawn('an --client tax --at 2023-12-01T09:00 --new-key later --out pages');
  expect([told.exit, told.out]).toEqual([
    0,
    [
      '3 pages of an at tax, 2023-12-01 09:00 (Europe/Brussels) (2023-12-01T08:00:00.000Z), language nl, in pages:',
      '  01-password.html',
      '  02-prove-key.html',
      '  03-phase-out.html',
      'Behind the last one the sign-in ends well.',
      '',
    ].join('\n'),
  ]);
  expect(await steps('pages')).toEqual(['01-password.html', '02-prove-key.html', '03-phase-out.html']);
  expect((await stat(out('pages'))).mode & 0o777).toBe(0o700);
  expect((await stat(join(out('pages'), '01-password.html'))).mode & 0o777).toBe(0o600);
  const last = await page('pages', '03-phase-out.html');
  expect(last).toContain('<html lang="nl">');
  expect(last).toContain('data-step="phase-out"');
  expect(last).toMatch(/9.december.2023/);
  expect(last).toContain('Tax office');
});

test('A-361 a new key now, up to its first page; French; JSON', async () => {
  const told = await drawn('bert --client tax --at 2023-12-20 --new-key now --out new --json');
  expect([told.exit, told.json()]).toMatchObject([
    0,
    {
      username: 'bert',
      client: 'tax',
      at: '2023-12-19T23:00:00.000Z',
      language: 'fr',
      folder: out('new'),
      finishes: false,
      pages: [
        { step: 'password', file: '01-password.html' },
        { step: 'phase-out', file: '02-phase-out.html' },
        { step: 'prove-key', file: '03-prove-key.html' },
        { step: 'confirm-email', file: '04-confirm-email.html' },
      ],
    },
  ]);
  expect(told.out).not.toContain('<html');
  expect(await page('new', '01-password.html')).toContain('<html lang="fr">');
});

test('A-361 nothing is stored: no audit event, no mail, the account as it was', async () => {
  const before = await Promise.all([admin.rekey('audit list --json'), admin.rekey('person export --clear-keys')]);
  await drawn('an --client tax --out pages');
  const after = await Promise.all([admin.rekey('audit list --json'), admin.rekey('person export --clear-keys')]);
  expect(after.map((told) => told.out)).toEqual(before.map((told) => told.out));
});

test('A-361 a folder that is not empty is refused, except with --force; then earlier pages are removed, and nothing else', async () => {
  await drawn('an --client tax --new-key later --out pages');
  await writeFile(join(out('pages'), 'notes.txt'), 'mine');
  const first = await page('pages', '01-password.html');
  const refused = await drawn('bert --client tax --out pages --json');
  expect([refused.exit, codes(refused)]).toEqual([1, ['folder_unusable']]);
  expect(await page('pages', '01-password.html')).toBe(first);
  expect((await drawn('bert --client tax --at 2023-12-20 --out pages --force')).exit).toBe(0);
  expect(await steps('pages')).toEqual(['01-password.html', '02-phase-out.html', 'notes.txt']);
  await writeFile(out('file'), 'a file');
  expect(codes(await drawn('an --client tax --out file --json'))).toEqual(['folder_unusable']);
  expect(await readFile(out('file'), 'utf8')).toBe('a file');
  await chmod(out('file'), 0o600);
});

test.each([
  ['nobody --client tax', 'person_unknown'],
  ['an --client txa', 'client_unknown'],
  ['an --client tax --at 2023-10-29T02:30', 'time_invalid'],
  ['an --client tax --at 2024-03-31T02:30', 'time_invalid'],
  ['an --client tax --at 2023-02-29', 'time_invalid'],
  ['an --client tax --at 9999-12-31', 'time_invalid'],
])('A-361 preview %s is refused: %s; no folder is made', async (words, code) => {
  const told = await drawn(`${words} --out pages --json`);
  expect([told.exit, codes(told)]).toEqual([1, [code]]);
  expect(await readdir(admin.folder)).not.toContain('pages');
});

test.each([
  'preview --client tax --out pages',
  'preview an --out pages',
  'preview an --client tax',
  'preview an --client tax --out pages --new-key never',
])('A-361 %s is not understood', async (words) => {
  const told = await admin.rekey(`${words} --json`);
  expect([told.exit, codes(told)]).toEqual([2, ['usage']]);
  expect(await readdir(admin.folder)).not.toContain('pages');
});

test('A-361 a mistyped relying party gets a suggestion', async () => {
  expect((await drawn('an --client txa --out pages')).err).toContain('Did you mean tax?');
});

const executable = await findBrowser();
const describeInBrowser = executable === undefined ? describe.skip : describe;

/**
 * Sends each form of the page; returns the number of forms and scripts, and how many forms the page's policy stopped.
 */
const submitAll = `(async () => {
  let stopped = 0;
  for (const form of document.forms) {
    const violated = new Promise((done) => document.addEventListener('securitypolicyviolation', done, { once: true }));
    form.requestSubmit();
    if ((await violated).effectiveDirective === 'form-action') stopped += 1;
  }
  return [document.forms.length, document.scripts.length, stopped];
})()`;

describeInBrowser('A-361 opened from the folder', () => {
  test('a page looks as it does, fetches nothing, runs nothing, and no form of it goes anywhere', async () => {
    await drawn('an --client tax --at 2023-12-01T09:00 --new-key now --out pages');
    const browser = await launchBrowser();
    try {
      const context = await browser.newContext();
      const tab = await context.newPage();
      const fetched: string[] = [];
      tab.on('request', (request) => fetched.push(request.url()));
      for (const file of await steps('pages')) {
        const address = pathToFileURL(join(out('pages'), file)).href;
        fetched.length = 0;
        await tab.goto(address);
        const size = await tab.evaluate<string>(`getComputedStyle(document.querySelector('h1')).fontSize`);
        expect(Number.parseFloat(size)).toBeGreaterThan(20);
        const [forms, scripts, stopped] = await tab.evaluate<[number, number, number]>(submitAll);
        expect([scripts, stopped]).toEqual([0, forms]);
        expect(tab.url()).toBe(address);
        expect(fetched.filter((url) => !url.startsWith('data:'))).toEqual([address]);
      }
    } finally {
      await browser.close();
    }
  });
});
