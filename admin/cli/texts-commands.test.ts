/** A deployment's own words, as an administrator checks and looks at them. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { coreReasons, factorReasons } from '../../factors/reasons.ts';
import { loadFactors, ownFactors } from '../../factors/registry.ts';
import { samples } from '../../views/samples/all.ts';
import { samplesOfFactors } from '../../views/samples/of-factors.ts';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';

const words = (folder: string) => join(folder, 'words');
let admin: AdminServices;
beforeEach(async () => {
  admin = await adminServices({
    configuration: `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
sms: { outbox: true, countries: [BE] }
texts: words
furtherLanguages: { es: fr }
factors: { email-otp: {}, sms: { settings: { homeCountry: BE } } }
clients: [{ id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }]
`,
  });
  const folder = words(admin.folder);
  await mkdir(join(folder, 'factors/sms'), { recursive: true });
  await writeFile(join(folder, 'nl.json'), '{"password":{"heading":"Eigen woorden"}}');
  await writeFile(join(folder, 'es.json'), '{"password.heading":"Sus palabras"}');
  await writeFile(join(folder, 'factors/sms/de.json'), '{"name":"Kurzmitteilung"}');
});
afterEach(async () => admin.close());

const checked = async () => {
  const told = await admin.rekey('config check --json');
  return { exit: told.exit, mistakes: told.json<{ mistakes?: { says: string; meant?: string }[] }>().mistakes };
};

test('A-626 texts check says what is there, what is own, and what is missing', async () => {
  const told = await admin.rekey('texts check');
  expect(told.exit).toBe(0);
  const [nl, fr, de, en, es] = told.out.trim().split('\n');
  const texts = /^en: (\d+) texts, 0 of your own$/.exec(en ?? '')?.[1];
  expect([nl, fr, de, es]).toEqual([
    `nl: ${texts} texts, 1 of your own`,
    `fr: ${texts} texts, 0 of your own`,
    `de: ${texts} texts, 1 of your own`,
    `es: ${texts} texts, 1 of your own, ${Number(texts) - 1} missing, for which fr stands in`,
  ]);
  expect((await admin.rekey('texts check --complete')).exit).toBe(1);
  expect((await admin.rekey('texts check --missing')).out).toContain('\n  sms name\n');
});

test('A-626 every mistake in the folder is named at once, with what was perhaps meant', async () => {
  const folder = words(admin.folder);
  await writeFile(
    join(folder, 'nl.json'),
    '{"passwrod.username":"x","retirement.what":"weg","retirement.ways":"{ever","mail.email_proof.subject":"{code}"}',
  );
  await writeFile(join(folder, 'de.json'), '{');
  await writeFile(join(folder, 'pt.json'), '{}');
  await writeFile(join(folder, 'fr.jsn'), '{}');
  await mkdir(join(folder, 'factors/smss'));
  await writeFile(join(folder, 'mail.hbs'), '<html lang="{{language}}"><script>x</script></html>');
  await writeFile(join(folder, 'mail-text.hbs'), '{{product}}');
  const { exit, mistakes } = await checked();
  expect(exit).toBe(3);
  expect(mistakes?.map(({ says, meant }) => [says.replace(/: (Expected|EXPECT).*/, ''), meant])).toEqual([
    [expect.stringMatching(/^de\.json: cannot be read/), undefined],
    ['fr.jsn: is not known here', 'fr.json'],
    ['nl.json: the text passwrod.username is not known', 'password.username'],
    ['nl.json: the text retirement.what has {}, English has {lastDay}', undefined],
    [
      expect.stringMatching(/^nl\.json: the text retirement\.ways cannot be read: check its \{ and \} \(EXPECT_/),
      undefined,
    ],
    [expect.stringMatching(/^nl\.json: the text mail\.email_proof\.subject /), undefined],
    ['pt.json: is of a language that the product does not have: name it in `furtherLanguages`', undefined],
    ['factors/smss: is not known here', 'sms'],
    [expect.stringMatching(/^mail-text\.hbs leaves out words of the mail/), undefined],
    ['mail.hbs has an element that no mail may have', undefined],
  ]);
});

test('A-627 a layout of mails of the deployment is refused where it could run, fetch or hide something', async () => {
  const good = await readFile(join(import.meta.dirname, '../../views/layouts/mail.hbs'), 'utf8');
  const file = join(words(admin.folder), 'mail.hbs');
  await writeFile(file, good.replace('</body>', '<p>Our house</p></body>'));
  expect(await checked()).toEqual({ exit: 0, mistakes: undefined });
  expect((await admin.rekey('texts check')).out).toContain('mail.hbs: your own layout of mails.');
  for (const [from, to] of [
    ['</body>', '<img src="https://evil.example/pixel"></body>'],
    ['<body', '<body onload="x()"'],
    ['<body', '<body background=https://evil.example/x'],
    ['</style>', '@import "https://evil.example/x.css";</style>'],
    ['{{product}}', '{{{product}}}'],
    ['{{/each}}\n<p class="foot"', '<form action="https://evil.example"></form>{{/each}}\n<p class="foot"'],
    ['href="{{href}}"', 'href="javascript:x"'],
    ['{{text}}</strong>', '</strong>'],
    ['lang="{{language}}"', 'lang="en"'],
    ['{{product}}', '{{prodduct}}'],
  ] as const) {
    await writeFile(file, good.replace(from, to));
    expect([to, (await checked()).exit]).toEqual([to, 3]);
  }
});

test('A-628 texts preview draws every page and mail in every language, with the words of the deployment', async () => {
  const told = await admin.rekey('texts preview --out drawn');
  expect([told.exit, told.out]).toEqual([
    0,
    expect.stringMatching(/^\d+ pages and mails in drawn: open index\.html\./),
  ]);
  const files = await readdir(join(admin.folder, 'drawn'));
  for (const language of ['nl', 'fr', 'de', 'en', 'es'])
    for (const name of ['page.password', 'page.done-ends', 'page.keys', 'mail.key_going'])
      expect(files).toContain(`${name}.${language}.html`);
  // This deployment has no card.
  expect(files.filter((name) => name.startsWith('page.phase-out'))).toEqual([]);
  for (const reason of [...factorReasons, ...coreReasons])
    expect(files).toContain(`page.reason-${reason.replaceAll('_', '-')}.fr.html`);
  const page = async (name: string) => readFile(join(admin.folder, 'drawn', name), 'utf8');
  expect(await page('page.password-name-first.nl.html')).toContain('<h1>Eigen woorden</h1>');
  const spanish = await page('page.password-name-first.es.html');
  expect(spanish).toContain('<html lang="es">');
  expect(spanish).toContain('<h1>Sus palabras</h1>');
  expect(spanish).toContain('Mot de passe');
  expect(spanish).not.toContain('<script');
  expect((await admin.rekey('texts preview --out drawn')).exit).toBe(1);
  expect((await admin.rekey('texts preview --out drawn --force --language nl')).exit).toBe(0);
  expect((await admin.rekey('texts preview --out other --language it')).exit).toBe(2);
});

test('A-651 with the informal form nothing of the product is left in the formal one', async () => {
  const informal = await adminServices({
    configuration: `issuer: http://localhost:4000
name: Test
state: state
formOfAddress: informal
mail: { outbox: true }
factors: { email-otp: {}, token-card: {} }
clients: [{ id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }]
`,
  });
  const told = await informal.rekey('texts check --json');
  const { formOfAddress, languages } = told.json<{
    formOfAddress: string;
    languages: { language: string; formal: string[] }[];
  }>();
  expect(formOfAddress).toBe('informal');
  expect(languages.map(({ language, formal }) => [language, ...formal])).toEqual([['nl'], ['fr'], ['de'], ['en']]);
  expect((await informal.rekey('texts check --complete')).exit).toBe(0);
  await informal.close();
});

test('A-628 every factor of the product has samples of the proof and of the activation of its key', async () => {
  const registry = await loadFactors([ownFactors]);
  const factors = registry.all().map(({ id, traits }) => ({ id, selfService: traits.selfService }));
  const all = [...samples, ...samplesOfFactors(Object.fromEntries(factors.map(({ id }) => [id, registry.folder(id)])))];
  const shown = new Set(
    all.map(({ page, model }) => `${page} ${(model('en') as { readonly factor?: string }).factor ?? ''}`),
  );
  for (const { id, selfService } of factors) {
    expect([id, shown.has(`prove-key ${id}`)]).toEqual([id, true]);
    expect([id, shown.has(`activate-key ${id}`)]).toEqual([id, selfService]);
  }
});

test('A-628 samples of a factor that cannot be read are named with their file', async () => {
  const folder = join(admin.folder, 'toy');
  await mkdir(join(folder, 'views'), { recursive: true });
  expect(samplesOfFactors({ toy: folder })).toEqual([]);
  for (const written of [
    '{',
    '{}',
    '[{"name":"x","page":"done","shows":{}}]',
    '[{"name":"X y","page":"prove-key","shows":{}}]',
  ]) {
    await writeFile(join(folder, 'views/samples.json'), written);
    expect(() => samplesOfFactors({ toy: folder })).toThrow(join(folder, 'views/samples.json'));
  }
});
