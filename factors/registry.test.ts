import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { factorContract } from '../test/contracts/factor.ts';
import { factorPages } from '../app/factor-pages.ts';
import { writeToyFactor } from '../test/harness/toy-factor.ts';
import type { ToyFactor } from '../test/harness/toy-factor.ts';
import toySimulator from '../docs/examples/toy/simulator.ts';
import { languages, placeholders, requiredTexts } from './validate-folder.ts';
import { FactorFolderError, loadFactors } from './registry.ts';

const own = import.meta.dirname;
const written: ToyFactor[] = [];
const writeToy = async (id?: string): Promise<ToyFactor> => {
  const toy = await writeToyFactor(id);
  written.push(toy);
  return toy;
};
afterAll(() => Promise.all(written.map((toy) => toy.remove())));

const toy = await writeToy();
const beside = await loadFactors([own, toy.root]);

describe('a factor outside the product', () => {
  test('is registered beside the others', () => {
    expect(beside.all().map(({ id }) => id)).toContain('toy');
    expect(beside.all().length).toBeGreaterThan(1);
    expect(beside.folder('toy')).toBe(toy.folder);
  });

  const factor = beside.get('toy');
  if (!factor) throw new Error('The toy factor is not there.');
  factorContract(factor, toySimulator, factorPages(beside, 'toy'));
});

describe('the registry', () => {
  test('finds exactly the folders with a factor.ts, in the order of their ids', async () => {
    const registry = await loadFactors([own]);
    const ids = registry.all().map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(ids).not.toContain('kit');
    expect(ids).not.toContain('policy');
    for (const id of ids) expect(registry.folder(id)).toBe(join(own, id));
  });

  test('accepts a folder that is itself a factor', async () => {
    const registry = await loadFactors([own, toy.folder]);
    expect(registry.all().map(({ id }) => id)).toEqual(beside.all().map(({ id }) => id));
    expect(registry.folder('toy')).toBe(toy.folder);
  });

  test('throws for an unknown id', () => {
    expect(beside.get('kit')).toBeUndefined();
    expect(beside.get('__proto__')).toBeUndefined();
    expect(() => beside.folder('kit')).toThrow(RangeError);
  });

  test('freezes the factors that it returns', () => {
    for (const factor of beside.all()) {
      expect(Object.isFrozen(factor)).toBe(true);
      expect(Object.isFrozen(factor.traits)).toBe(true);
      expect(Object.isFrozen(factor.states)).toBe(true);
    }
  });
});

const changed = async (folder: string, file: string, from: string | RegExp, to: string): Promise<void> => {
  const before = await readFile(join(folder, file), 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has no ${String(from)}`);
  await writeFile(join(folder, file), after);
};

const refusalOf = (...roots: string[]): Promise<string> =>
  loadFactors(roots).then(
    () => 'not refused',
    (error: unknown) => (error instanceof FactorFolderError ? error.message : `another fault: ${String(error)}`),
  );

describe('refuses to start, naming folder and lack, when', () => {
  const mistakes: readonly [string, (folder: string) => Promise<void>, RegExp][] = [
    [
      'the id is not the name of the folder',
      (f) => changed(f, 'factor.ts', "id: 'toy'", "id: 'tog'"),
      /id is tog.*toy/,
    ],
    [
      'the id is malformed',
      (f) => changed(f, 'factor.ts', "id: 'toy'", "id: 'Toy'"),
      /factor\.ts: id: must be lower-case/,
    ],
    [
      'a function is missing',
      (f) => changed(f, 'factor.ts', '  async verify(', '  async verifi('),
      /verify: must be a function/,
    ],
    [
      'something is there that nobody reads',
      (f) => changed(f, 'factor.ts', '  transfer: {', '  transfers: {'),
      /transfers/,
    ],
    [
      'a state has no schema',
      (f) => changed(f, 'factor.ts', '    pending: z', '    pendant: z'),
      /states: pending: must be a zod schema/,
    ],
    ['a trait is missing', (f) => changed(f, 'factor.ts', 'many: true, ', ''), /traits: many/],
    [
      'a channel is unknown',
      (f) => changed(f, 'factor.ts', 'many: true, ', "many: true, sends: 'pigeon', "),
      /traits: sends/,
    ],
    [
      'settings take unknown keys',
      (f) => changed(f, 'factor.ts', 'settings: z.strictObject', 'settings: z.object'),
      /settings: must refuse unknown keys/,
    ],
    [
      'nothing is exported',
      (f) => changed(f, 'factor.ts', 'export default', 'export const toy ='),
      /no default export/,
    ],
    [
      'factor.ts cannot be read',
      (f) => changed(f, 'factor.ts', 'export default', 'export default ('),
      /factor\.ts, or a file that it imports, cannot be loaded/,
    ],
    ['a view is missing', (f) => rm(join(f, 'views/authenticate.hbs')), /views\/authenticate\.hbs is missing/],
    ['the icon is missing', (f) => rm(join(f, 'views/icon.svg')), /views\/icon\.svg is missing/],
    ['a language is missing', (f) => rm(join(f, 'locales/de.json')), /locales\/de\.json is missing/],
    ['a locale is not JSON', (f) => writeFile(join(f, 'locales/de.json'), '{'), /locales\/de\.json is not JSON/],
    [
      'a locale is no list of texts',
      (f) => changed(f, 'locales/de.json', /"why": ".*"/, '"why": {}'),
      /locales\/de\.json must be a flat list.*why/,
    ],
    [
      'a text is empty',
      (f) => changed(f, 'locales/fr.json', /"why": ".*"/, '"why": " "'),
      /locales\/fr\.json must be a flat list.*why/,
    ],
    [
      'one language has a text more',
      (f) => changed(f, 'locales/nl.json', '{', '{ "more": "meer",'),
      /locales\/fr\.json lacks more/,
    ],
    [
      'placeholders differ',
      (f) => changed(f, 'locales/nl.json', '{number}', '{getal}'),
      /locales\/fr\.json: prove\.ask speaks of number.*nl\.json of getal/,
    ],
    [
      'a text is no ICU message',
      (f) => changed(f, 'locales/nl.json', '{number}', '{number'),
      /nl\.json: prove\.ask is no ICU message/,
    ],
  ];

  test.each(mistakes)('%s', async (_name, spoil, lack) => {
    const { root, folder } = await writeToy();
    await spoil(folder);
    const error: unknown = await loadFactors([root]).catch((refusal: unknown) => refusal);
    if (!(error instanceof FactorFolderError)) throw new Error(`not refused: ${String(error)}`);
    expect(error.message).toMatch(lack);
    expect(error.lacks.every((entry) => entry.folder === folder)).toBe(true);
    expect(error.message).toContain(folder);
  });

  test.each(requiredTexts)('%s is missing everywhere', async (key) => {
    const { root, folder } = await writeToy();
    for (const language of languages) {
      const file = join(folder, 'locales', `${language}.json`);
      const { [key]: _gone, ...rest } = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
      await writeFile(file, JSON.stringify(rest));
    }
    await expect(loadFactors([root])).rejects.toThrow(`locales/en.json lacks ${key}`);
  });

  test('a subject would show the code, or a message is incomplete', async () => {
    const { root, folder } = await writeToy();
    for (const language of languages)
      await changed(folder, `locales/${language}.json`, '{', '{ "message.code.subject": "{code}",');
    const message = await refusalOf(root);
    expect(message).toContain('message.code.subject: a subject must not have the code');
    expect(message).toContain('message.code.subject is there without message.code.text');
  });

  test('two folders have the same factor', async () => {
    const other = await writeToy();
    await expect(loadFactors([toy.root, other.root])).rejects.toThrow(`another factor of this name in ${toy.folder}`);
  });

  test('a folder does not exist', async () => {
    await expect(loadFactors([join(toy.root, 'nowhere')])).rejects.toThrow(/nowhere: the folder cannot be read/);
  });

  test('several are wrong: all are named at once', async () => {
    const one = await writeToy('one');
    const two = await writeToy('two');
    await rm(join(one.folder, 'views/enrol.hbs'));
    await rm(join(two.folder, 'locales/fr.json'));
    const message = await refusalOf(one.root, two.root);
    expect(message).toContain(`${one.folder}: views/enrol.hbs is missing`);
    expect(message).toContain(`${two.folder}: locales/fr.json is missing`);
  });
});

test('placeholders are found at any depth, each once', () => {
  expect(placeholders('{b} {n, plural, one {# {a}} other {{a}s}} {b}')).toEqual(['a', 'b', 'n']);
  expect(placeholders('nothing’s here')).toEqual([]);
  expect(placeholders('{')).toBeUndefined();
});
