import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { loadSettings } from './load.ts';
import { describeMistakes } from './config-errors.ts';
import { mergeOver, placeIn } from './overlay.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-overlay-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  [
    'keys are merged, those of the first file first',
    { b: 1, a: { x: 1 } },
    { a: { y: 2 }, c: 3 },
    { b: 1, a: { x: 1, y: 2 }, c: 3 },
  ],
  ['null takes a key out', { a: 1, b: { c: 1, d: 2 } }, { a: null, b: { c: null } }, { b: { d: 2 } }],
  ['null where there is nothing', {}, { a: null, b: { c: null } }, { b: {} }],
  ['a list of plain things is replaced', { a: [1, 2] }, { a: [3] }, { a: [3] }],
  ['of things with an id an empty list changes none', { a: [{ id: 'x' }] }, { a: [] }, { a: [{ id: 'x' }] }],
  [
    'things with an id are merged by it, new ones come last',
    { a: [{ id: 'x', one: 1 }, { id: 'y' }] },
    { a: [{ id: 'z' }, { id: 'x', two: 2 }] },
    { a: [{ id: 'x', one: 1, two: 2 }, { id: 'y' }, { id: 'z' }] },
  ],
  ['a value over a section', { a: { b: 1 } }, { a: 'text' }, { a: 'text' }],
  ['a section over a value', { a: 'text' }, { a: { b: 1 } }, { a: { b: 1 } }],
])('%s', (_, base, over, merged) => {
  expect(JSON.stringify(mergeOver(base, over))).toBe(JSON.stringify(merged));
});

test('finds the place in the overlay for a value of the merged tree', () => {
  const over = { clients: [{ id: 'b', level: 'low' }], state: 's' };
  const merged = mergeOver({ clients: [{ id: 'a' }, { id: 'b', name: 'B' }], name: 'N' }, over);
  expect(placeIn(over, merged, ['state'])).toEqual(['state']);
  expect(placeIn(over, merged, ['clients', 1, 'level'])).toEqual(['clients', 0, 'level']);
  expect(placeIn(over, merged, ['clients', 1, 'name'])).toBeUndefined();
  expect(placeIn(over, merged, ['clients', 0, 'level'])).toBeUndefined();
  expect(placeIn(over, merged, ['name'])).toBeUndefined();
});

const factorSettings = {
  mail: z.strictObject({}),
  card: z.strictObject({
    digits: z.int().max(8).default(6),
    asks: z.string().optional(),
    code: z.string().meta({ secret: true }).optional(),
  }),
};
const real = `issuer: https://id.example
name: Example
state: state
mail: { smtp: { host: smtp.example, user: u, from: { name: X, address: x@id.example } } }
factors: { mail: {}, card: {} }
clients:
  - { id: rp, redirectUris: [https://rp.example/cb], level: hihg }
`;
async function load(over: string | undefined, text = real) {
  const [file, above] = [join(folder, 'real.yaml'), join(folder, 'over', 'over.yaml')];
  await writeFile(file, text, { mode: 0o600 });
  await mkdir(join(folder, 'over'), { recursive: true });
  if (over !== undefined) await writeFile(above, over);
  return {
    above,
    loaded: await loadSettings({ file, factorSettings, over: over === undefined ? join(folder, 'none.yaml') : above }),
  };
}

test('a real deployment on this machine: each relative path starts from its own file', async () => {
  const { loaded } = await load(
    `issuer: null
demo: { enabled: true, client: rp, people: people.jsonl }
state: my-state
mail: { smtp: null, outbox: true }
factors: { card: { settings: { digits: 8 } } }
clients: [{ id: rp, secret: 0123456789abcdef, redirectUris: [], level: high }]
`,
  );
  if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
  expect(loaded.settings).toMatchObject({
    issuer: 'http://localhost:3000',
    name: 'Example',
    state: join(folder, 'over', 'my-state'),
    demo: { people: join(folder, 'over', 'people.jsonl') },
    mail: { outbox: true },
    clients: [{ redirectUris: ['http://localhost:3001/callback'] }],
  });
  expect(Object.keys(loaded.settings.factors)).toEqual(['mail', 'card']);
});

test('a file with a secret is looked for beside the overlay; {helperPage} follows from the port, in a demo alone', async () => {
  const over = `issuer: null
demo: { enabled: true, client: rp, helperPort: 4302 }
mail: { smtp: null, outbox: true }
factors: { card: { settings: { codeFile: code.txt, asks: '{helperPage}/service' } } }
clients: [{ id: rp, secret: 0123456789abcdef, redirectUris: [], level: high }]
`;
  await mkdir(join(folder, 'over'), { recursive: true });
  await writeFile(join(folder, 'over', 'code.txt'), 'a code', { mode: 0o600 });
  const { loaded } = await load(over);
  if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
  expect(loaded.settings.factors['card']?.settings).toMatchObject({
    code: 'a code',
    asks: 'http://localhost:4302/service',
  });
  const without = await load(
    `mail: { smtp: { user: null } }
factors: { card: { settings: { asks: '{helperPage}/service' } } }
clients: [{ id: rp, secret: 0123456789abcdef, level: high }]
`,
  );
  if (!without.loaded.ok) throw new Error(describeMistakes(without.loaded.mistakes));
  expect(without.loaded.settings.factors['card']?.settings).toMatchObject({ asks: '{helperPage}/service' });
});

test('a mistake is reported at the line of the file that has it', async () => {
  const { loaded, above } = await load(
    'state: x\nfactors:\n  card: { settings: { digits: 9 } }\nclients: [{ id: rp, secret: short }]\n',
  );
  const says = loaded.ok ? '' : describeMistakes(loaded.mistakes);
  expect(says.split('\n').toSorted()).toEqual(
    [
      `${above}, line 3, factors.card.settings.digits: expected a whole number, up to 8, found 9.`,
      `${above}, line 4, clients[0].secret: expected a secret of 16 characters or more.`,
      'line 4, mail.smtp.password: is missing, since `user` is given: give `password`, `passwordFile` or an environment variable.',
      'line 7, clients[0].level: expected one of single, low, substantial, high, found "hihg". Did you mean high?',
    ].toSorted(),
  );
});

test('an overlay that cannot be read is a mistake, and is never ignored', async () => {
  const missing = await load(undefined);
  expect(missing.loaded).toMatchObject({ ok: false, mistakes: [{ says: expect.stringContaining('cannot be read') }] });
  const broken = await load('a: [1');
  expect(broken.loaded).toMatchObject({ ok: false, mistakes: [{ source: `${broken.above}, line 1` }] });
});
