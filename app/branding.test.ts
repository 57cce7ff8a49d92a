import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openBrand } from './branding.ts';
import { readDeployment } from './services.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'branding-'));
  await writeFile(join(folder, 'good.svg'), '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>');
  await writeFile(join(folder, 'bad.svg'), '<svg viewBox="0 0 1 1"><script>alert(1)</script></svg>');
  await writeFile(join(folder, 'big.png'), Buffer.alloc(40_000));
});
afterAll(async () => rm(folder, { recursive: true }));

async function load(written: string) {
  const file = join(folder, 'rekey.yaml');
  await writeFile(
    file,
    `issuer: http://localhost:3000\nname: Example\nstate: state\nmail: { outbox: true }\nfactors: { email-otp: {} }\n${written}`,
  );
  return (await readDeployment(file, {})).loaded;
}
const mistakesOf = async (written: string) => {
  const loaded = await load(written);
  return loaded.ok ? [] : loaded.mistakes.map(({ path, line, code, says, meant }) => [line, path, code, says, meant]);
};

test('A-622 config check finds every mistake of the look at once, each with its line and a sentence', async () => {
  expect(
    await mistakesOf(
      'branding:\n  logo: bad.svg\n  logoDark: absent.svg\n  favicon: big.png\n  accent: "#ffd200"\nlinks:\n  privacy: javascript:alert(1)\n',
    ),
  ).toEqual([
    [12, 'links.privacy', 'value_wrong', expect.stringContaining('expected an address'), undefined],
    [
      7,
      'branding.logo',
      'picture_refused',
      'has an element <script>: expected shapes, colours and text alone',
      undefined,
    ],
    [8, 'branding.logoDark', 'file_unreadable', 'expected the path of a picture that can be read', undefined],
    [9, 'branding.favicon', 'picture_refused', 'is of 40000 bytes: expected at most 16384', undefined],
    [
      10,
      'branding.accent',
      'contrast_low',
      expect.stringMatching(/^has a contrast of 1\.\d\d : 1 .* expected 4\.5 : 1 or more/),
      undefined,
    ],
  ]);
});

test('A-622 what is misspelt or no colour is named', async () => {
  expect(await mistakesOf('branding: { acent: "#0b5f5a" }\n')).toEqual([
    [6, 'branding.acent', 'key_unknown', 'is not known here', 'accent'],
  ]);
  for (const accent of ['red', '#fff', '#0b5f5a;}body{', 'url(https://evil.example)'])
    expect(await mistakesOf(`branding: { accent: "${accent}" }\n`)).toEqual([
      [6, 'branding.accent', 'value_wrong', expect.stringContaining('expected a colour'), undefined],
    ]);
  expect((await mistakesOf('branding: { logoDark: good.svg }\n')).map(([, path]) => path)).toEqual([
    'branding.logoDark',
  ]);
  expect(await mistakesOf('signIn: { username: mail }\n')).toMatchObject([
    [6, 'signIn.username', 'value_wrong', 'expected one of name, email, number, found "mail"', 'email'],
  ]);
});

test('A-622 the logo stands in for the icon, and the colours are behind the style sheet', async () => {
  const loaded = await load('branding: { logo: good.svg, accent: "#3B2A86" }\n');
  if (!loaded.ok) throw new Error('refused');
  const brand = openBrand(loaded.settings);
  expect([...brand.files.keys()]).toEqual(['brand-logo.svg', 'brand-icon.svg']);
  expect(brand.icon).toEqual({ name: 'brand-icon.svg', type: 'image/svg+xml' });
  expect(brand.style).toContain('--accent:#3b2a86');
});
