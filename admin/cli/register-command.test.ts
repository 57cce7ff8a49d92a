// people are registered from a CSV file, and the code stands in the letter alone.
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { pdfText } from '../../test/harness/pdf-text.ts';
import { inParallel } from '../../time/in-parallel.ts';
import { issueLetter } from '../use-cases/desk-letter.ts';
import { registerPerson } from '../use-cases/person-register.ts';
import { readCsv, readRegistrationList } from './registration-list.ts';

const configuration = `issuer: http://localhost:4000
name: CSAM
state: state
mail: { outbox: true }
activation: { enabled: true }
factors:
  email-otp: { recommended: true }
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
`;
const head = 'givenName,familyName,email,language,birthdate,document';
const an = 'An,"Peeters, geboren Maes",an@example.org,nl,1950-02-01,identity-card';
const bea = 'Béatrice,Müller,bea@example.org,fr,,passport';

let services: AdminServices;
const list = async (...lines: readonly string[]): Promise<string> => {
  services = await adminServices({ configuration });
  await writeFile(join(services.folder, 'people.csv'), `${[head, ...lines].join('\r\n')}\r\n`);
  return services.folder;
};
afterEach(() => services.close());
const count = async () => (await services.open()).people.count();

test('A-508 A-509 each person of the list has an account, a mail and a letter of their own', async () => {
  const folder = await list(an, bea);
  const told = await services.rekey('person register people.csv --letters letters --json');
  expect([told.exit, await count()]).toEqual([0, 2]);
  expect((await readdir(join(folder, 'letters'))).toSorted()).toEqual(['2.pdf', '3.pdf']);
  const letters = await Promise.all(['2.pdf', '3.pdf'].map((name) => readFile(join(folder, 'letters', name))));
  const [dutch = '', french = ''] = letters.map((bytes) => pdfText(bytes));
  expect(dutch).toContain('An Peeters, geboren Maes');
  expect(french).toContain('Béatrice Müller');
  const code = /[\dA-Z]{4}-[\dA-Z]{4}-[\dA-Z]{4}/;
  expect([code.test(dutch), code.exec(dutch)?.[0] === code.exec(french)?.[0], code.test(told.out)]).toEqual([
    true,
    false,
    false,
  ]);
  expect((await stat(join(folder, 'letters', '2.pdf'))).mode & 0o777).toBe(0o600);
  // Read again, everybody is known: nothing is made, nobody is mailed, no letter is touched.
  const again = await services.rekey('person register people.csv --letters letters');
  expect([again.exit, again.err.match(/has an account already/g)?.length, await count()]).toEqual([1, 2, 2]);
});

test('A-508 nothing is done while a line has a fault, each is told by its number, and --skip does the others', async () => {
  await list(
    an,
    'x',
    ',Nobody,a@example.org,nl,,passport',
    'Jo,Claes,jo@example,nl,1990-02-30,library-card',
    an.replace('an@', 'other@'),
    bea,
  );
  const told = await services.rekey('person register people.csv --letters letters');
  expect([told.exit, await count()]).toEqual([1, 0]);
  for (const line of [3, 4, 5, 6]) expect(told.err).toContain(`line ${line}: `);
  expect(told.err).toMatch(/line 6: is the person of line 2/);
  expect(told.err).toMatch(/line 5: .*email: .*birthdate: .*document: |line 5: .*birthdate.*email.*document/s);
  const dry = await services.rekey('person register people.csv --dry-run');
  expect([dry.exit, await count()]).toEqual([1, 0]);
  const skipped = await services.rekey('person register people.csv --letters letters --skip');
  expect([skipped.err.includes('2 registered, 4 refused'), await count()]).toEqual([true, 2]);
});

test('A-508 a thousand people at once, the list read twice at the same moment: each is made once and mailed once', async () => {
  const lines = Array.from({ length: 1000 }, (_, n) => `An,Peeters ${n},an-${n}@example.org,nl,,passport`);
  await list(...lines);
  const open = await services.open();
  const { people } = await readRegistrationList(open, [head, ...lines].join('\n'));
  expect(people).toHaveLength(1000);
  const activations = new Map<string, number>();
  const takeIn = () =>
    inParallel(people, 16, async ({ registration }) => {
      const made = await registerPerson(open, registration, 'test');
      if (!made.ok) return;
      const issued = await issueLetter(open, { person: made.value.person, by: 'test' });
      if (issued.ok) activations.set(made.value.person, (activations.get(made.value.person) ?? 0) + 1);
    });
  await Promise.all([takeIn(), takeIn()]);
  expect([await open.people.count(), activations.size]).toEqual([1000, 1000]);
  expect([...activations.values()].filter((times) => times !== 1)).toEqual([]);
}, 300_000);

test('A-509 the letter of one person is a file that must not exist, and the code is printed nowhere else', async () => {
  const folder = await list(an);
  await services.rekey('person register people.csv --letters letters');
  const person = (await (await services.open()).people.page({ limit: 1 })).items[0]?.id ?? '';
  const told = await services.rekey(['person', 'activation', person, '--letter', 'one.pdf', '--json']);
  const words = pdfText(await readFile(join(folder, 'one.pdf')));
  expect([told.exit, words.includes('An Peeters'), /paperCode|\w{4}-\w{4}-\w{4}"/.test(told.out)]).toEqual([
    0,
    true,
    false,
  ]);
  const before = (await (await services.open()).people.get(person))?.activation?.id;
  const refused = await services.rekey(['person', 'activation', person, '--letter', 'one.pdf']);
  expect([refused.exit, (await (await services.open()).people.get(person))?.activation?.id]).toEqual([1, before]);
});

test.each([
  [
    'a,b\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a;b\r\n"1;2";3\r\n\r\n',
    [
      ['a', 'b'],
      ['1;2', '3'],
    ],
  ],
  ['\uFEFFa\n"x ""y"" z"', [['a'], ['x "y" z']]],
  [
    'a,b\n"1\n2",3\n4,',
    [
      ['a', 'b'],
      ['1\n2', '3'],
      ['4', ''],
    ],
  ],
])('CSV as spreadsheets write it: %j', (text, cells) => {
  expect(readCsv(text).map((row) => row.cells)).toEqual(cells);
});

test('a list without columns, or with others, is refused by its first line', async () => {
  await list();
  const open = await services.open();
  for (const text of ['', 'name\nAn', `${head},number\n${an},1`])
    expect((await readRegistrationList(open, text)).faults).toMatchObject([{ line: 1 }]);
});
