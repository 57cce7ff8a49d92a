/** No input, in the words or the environment, is reported as a fault of the product. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, dictionary, oneof, string, tuple } from 'fast-check';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { ownFactors, loadFactors } from '../../factors/registry.ts';
import { commandsOf } from './commands.ts';

const root = join(import.meta.dirname, '../..');
let services: AdminServices | undefined;
afterEach(async () => {
  await services?.close();
  services = undefined;
});

test.each(['9999-12-31', '9999-12-30', '0000-01-01', '0999-12-31', '2024-02-30', '99999-01-01'])(
  'A-220 %s is a day out of range, in a command and in the configuration',
  async (day) => {
    services = await adminServices();
    const told = await services.rekey(`factor schedule token-card --until-and-including ${day} --zone UTC --json`);
    expect([told.exit, told.json()]).toMatchObject([1, { refused: [{ code: 'day_invalid' }] }]);
    await services.close();
    services = await adminServices({
      configuration: `issuer: http://localhost:4000
name: X
state: s
mail: { outbox: true }
factors:
  email-otp: { schedule: { zone: UTC, untilAndIncluding: "${day}" } }
  token-card: {}
`,
    });
    const checked = await services.rekey('config check');
    expect([checked.exit, checked.err]).toEqual([3, expect.stringContaining('expected a day, YYYY-MM-DD')]);
  },
);

test('A-220 the latest and the earliest day that are taken work', async () => {
  services = await adminServices();
  for (const day of ['9999-11-30', '1000-01-01']) {
    const told = await services.rekey(`factor schedule token-card --until-and-including ${day} --zone Pacific/Apia`);
    expect([0, 1]).toContain(told.exit);
    expect((await services.rekey('factor list')).exit).toBe(0);
  }
});

test.each(['', '  '])('A-220 an empty REKEY_CONFIG (%j) is said to be empty', async (written) => {
  services = await adminServices();
  const told = await services.rekey('factor list --json', '', { REKEY_CONFIG: written }, []);
  expect([told.exit, told.json()]).toMatchObject([
    2,
    { refused: [{ code: 'usage', says: expect.stringContaining('REKEY_CONFIG is empty') }] },
  ]);
});

test.each(['/dev/null/state', '/proc/rekey/state', `/tmp/${'x'.repeat(300)}`])(
  'A-220 REKEY_STATE at %s, where nothing can be made, is exit code 4 in one line',
  async (state) => {
    services = await adminServices();
    const told = await services.rekey('factor list', '', { REKEY_STATE: state });
    expect([told.exit, told.err]).toEqual([4, expect.stringMatching(/^The store is not available[^\n]+\n$/)]);
    expect((await services.rekey('config check', '', { REKEY_STATE: state })).exit).toBe(0);
    expect((await services.rekey('storage check', '', { REKEY_STATE: state })).exit).toBe(4);
    // Only creating an entry shows whether a virtual file system permits it, and a check creates none.
    if (state.startsWith('/proc')) return;
    expect((await services.rekey('config check --connect', '', { REKEY_STATE: state })).exit).toBe(4);
  },
);

describe('any words, any environment', () => {
  let services: AdminServices;
  let words: readonly string[];
  beforeAll(async () => {
    services = await adminServices();
    const commands = commandsOf(await loadFactors([ownFactors]));
    const options = commands.flatMap((command) => command.options.map(({ name }) => `--${name}`));
    words = [
      ...new Set([
        ...commands.flatMap(({ noun, verb }) => [noun, ...(verb === undefined ? [] : [verb])]),
        ...options,
        '--json',
        '--',
        '-h',
      ]),
    ];
  });
  afterAll(() => services.close());

  const values = constantFrom('9999-12-31', '-1', '1e9', '', '../..', '/dev/null', 'NaN', '\u0000', 'a=b', 'none', '0');
  const odd = oneof(values, string({ unit: 'binary', maxLength: 20 }));
  const paths = [
    'STATE',
    'STORAGE_EMBEDDED_FILE',
    'LISTEN_PORT',
    'STORAGE_MONGODB_URI',
    'ISSUER',
    'FACTORS_EMAIL_OTP',
    'CLIENTS_TAX_SECRET_FILE',
    'ROOT_KEY',
    'X',
  ];

  /** Commands that write files write them in the folder of the test. */
  const contained = (name: string, value: string): string =>
    /_(STATE|FILE)$/.test(name) && !value.startsWith('/dev/')
      ? join(services.folder, 'made', value.replaceAll('..', '_'))
      : value;

  test('A-220 no input is a fault of the product', async () => {
    const command = tuple(
      constantFrom(...Array.from({ length: 400 }, (_, at) => at)),
      array(oneof(odd, constantFrom(0, 1, 2, 3, 5, 8, 13, 21, 34, 55)), { maxLength: 6 }),
    );
    const environment = dictionary(constantFrom(...paths.map((name) => `REKEY_${name}`)), odd, { maxKeys: 2 });
    await assert(
      asyncProperty(command, environment, async ([first, rest], drawn) => {
        const env = Object.fromEntries(Object.entries(drawn).map(([name, value]) => [name, contained(name, value)]));
        const at = first % words.length;
        const given = [
          words[at] ?? '',
          ...rest.map((one) => (typeof one === 'number' ? (words[(at + one) % words.length] ?? '') : one)),
        ];
        if (given.includes('--output') || given.includes('mail')) return;
        const told = await services.rekey(given, '', env);
        expect([given, env, told.out + told.err, told.exit]).not.toEqual([given, env, expect.anything(), 5]);
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});

test.each(['export', 'list', 'list --json'])(
  'A-220 a reader of person %s that goes away is no error: nothing is printed, exit code 0',
  async (words) => {
    services = await adminServices();
    // More than the system buffers for a reader.
    const long = 'x'.repeat(90);
    const people = Array.from({ length: 3000 }, (_, at) => JSON.stringify({ username: `${long}-${at}` }));
    await services.rekey('person import -', people.join('\n'));
    const child = spawn(
      process.execPath,
      ['app/command-line.ts', 'person', ...words.split(' '), '--config', services.file],
      {
        cwd: root,
        timeout: 60_000,
      },
    );
    let said = '';
    child.stderr.on('data', (part: Buffer) => void (said += part.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, said]).toEqual([0, '']);
  },
  90_000,
);
