/** Commands about the audit log and the configuration, and what all commands share. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { loadFactors, ownFactors } from '../../factors/registry.ts';
import { commandsOf } from './commands.ts';
import { commandLinePage } from './help.ts';

let services: AdminServices | undefined;
afterEach(() => services?.close());
const root = join(import.meta.dirname, '../..');

test('docs/command-line.md says what the commands say: npm run docs:command-line', async () => {
  const written = await readFile(join(root, 'docs/command-line.md'), 'utf8');
  expect(written).toBe(commandLinePage(commandsOf(await loadFactors([ownFactors]))));
  // Inside code every character stands for itself.
  expect(written.match(/`[^`\n]*&lt;[^`\n]*`/)).toBeNull();
});

test('help for all, for a noun, for a command; before the noun too', async () => {
  services = await adminServices();
  expect((await services.rekey('help')).out).toMatch(/card <verb> +Verbs: issue\./);
  const noun = await services.rekey('factor --help');
  expect(noun.out).toContain('unschedule <factor>');
  expect(noun.out).not.toContain('audit');
  expect((await services.rekey('factor schedule --help')).out).toContain('--until-and-including <day>');
  expect(
    (await services.rekey('--json factor list')).json<{ enabled: boolean }[]>().filter(({ enabled }) => enabled),
  ).toHaveLength(3);
});

test('the first altered line of the audit log is named', async () => {
  services = await adminServices();
  for (const day of ['2024-01-30', '2024-01-31', '2024-02-01'])
    await services.rekey(`factor schedule token-card --until-and-including ${day} --zone UTC`);
  const whole = await services.rekey('audit verify --json');
  const { entries, head } = whole.json<{ entries: number; head: string }>();
  expect(entries).toBe(3);
  expect((await services.rekey(`audit verify --known 3:${head}`)).exit).toBe(0);

  const database = new DatabaseSync(join(services.folder, 'state', 'rekey.db'));
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
  let altered = 0;
  for (const { name } of tables) {
    const columns = database.prepare(`pragma table_info("${name}")`).all() as { name: string; type: string }[];
    for (const column of columns.filter(({ type }) => type === 'TEXT')) {
      const change = `update "${name}" set "${column.name}" = replace("${column.name}", '"seq":2', '"seq":2,"x":1') where "${column.name}" like '%"seq":2%'`;
      altered += Number(database.prepare(change).run().changes);
      const rewrite = `update "${name}" set "${column.name}" = replace("${column.name}", 'cli:ann', 'cli:eve') where "${column.name}" like '%"seq":2,%'`;
      altered += Number(database.prepare(rewrite).run().changes);
    }
  }
  database.close();
  expect(altered).toBeGreaterThan(0);
  const told = await services.rekey('audit verify --json');
  expect([told.exit, told.json()]).toEqual([
    1,
    { refused: [{ code: 'audit_broken', says: 'Line 2 of the audit trail was altered.' }] },
  ]);
});

test('A-211e a restored audit log that is shorter than its head says is accepted with a reason, which it contains', async () => {
  services = await adminServices();
  for (const day of ['2024-01-30', '2024-01-31', '2024-02-01'])
    await services.rekey(`factor schedule token-card --until-and-including ${day} --zone UTC`);
  const here = services;
  const accept = () => here.rekey(['audit', 'accept', '--reason', 'restored after a disk failed', '--json']);
  expect((await accept()).json()).toMatchObject({ refused: [{ code: 'audit_whole' }] });
  const database = new DatabaseSync(join(services.folder, 'state', 'rekey.db'));
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
  let gone = 0;
  for (const { name } of tables) {
    const columns = database.prepare(`pragma table_info("${name}")`).all() as { name: string }[];
    const [holding] = columns.filter(({ name: column }) => {
      const find = `select count(*) as found from "${name}" where "${column}" like '%"number":3,"lines"%'`;
      return Number(database.prepare(find).get()?.['found']) > 0;
    });
    if (holding)
      gone += Number(
        database.prepare(`delete from "${name}" where "${holding.name}" like '%"number":3,"lines"%'`).run().changes,
      );
  }
  database.close();
  expect(gone).toBe(1);
  const told = await services.rekey('audit verify --json');
  expect(told.json()).toMatchObject({ refused: [{ says: expect.stringContaining('the trail was cut') }] });
  for (const wrong of ['audit accept', 'audit accept --reason no']) expect((await services.rekey(wrong)).exit).toBe(2);
  expect((await accept()).exit).toBe(0);
  expect((await services.rekey('audit verify --json')).json()).toMatchObject({ entries: 3 });
  expect((await services.rekey('audit list --action audit --json')).json()).toMatchObject([
    { actor: 'cli:ann', facts: { reason: 'restored after a disk failed', line: 3, why: 'cut' } },
  ]);
  expect((await accept()).exit).toBe(1);
});

test('config check prints every mistake, and every other command refuses to run on them, with exit code 3', async () => {
  services = await adminServices({
    configuration: 'issuer: http://id.example\nnmae: X\nstate: s\nmail: { outbox: true }\nfactors: { card: {} }\n',
  });
  const told = await services.rekey('config check');
  expect(told.exit).toBe(3);
  expect(told.err.trim().split('\n').slice(1)).toEqual([
    expect.stringContaining('name: is missing'),
    expect.stringContaining('line 1, issuer: expected an origin'),
    expect.stringContaining('line 2, nmae: is not known here. Did you mean name?'),
    expect.stringContaining('line 5, factors.card: is not known here'),
    expect.stringContaining('line 5, factors: expected at least one factor'),
  ]);
  const list = await services.rekey('factor list --json');
  expect([list.exit, list.json()]).toMatchObject([3, { refused: [{ code: 'configuration_broken' }] }]);
});

test('first dates that break the rules are mistakes of the configuration', async () => {
  services = await adminServices({
    configuration: `issuer: http://localhost:4000
name: X
state: s
mail: { outbox: true }
factors:
  email-otp:
    schedule:
      zone: UTC
      closeEnrolment: 2024-02-01
      untilAndIncluding: 2024-01-30
      replacements: [token-card]
  token-card: {}
`,
  });
  expect((await services.rekey('config check')).err.trim().split('\n').slice(1)).toEqual([
    'line 7, factors.email-otp.schedule: The dates of email-otp are out of order: the end of enrolment (2024-02-01) comes after the end of its last day (2024-01-30).',
    'line 11, factors.email-otp.schedule.replacements: token-card cannot replace email-otp: people cannot activate it themselves.',
  ]);
});

test('a store that cannot be used is exit code 4', async () => {
  services = await adminServices();
  await mkdir(join(services.folder, 'state'));
  await writeFile(
    join(services.folder, 'state', 'rekey.db'),
    'this is no database, and long enough to be read as one by its first page'.repeat(100),
  );
  const told = await services.rekey('factor list --json');
  expect([told.exit, told.json()]).toMatchObject([4, { refused: [{ code: 'store_corrupt' }] }]);
});

test.each([
  [
    'a folder that cannot be made',
    async (state: string) => writeFile(state, ''),
    'store_unreachable',
    'ENOTDIR|EEXIST',
  ],
  [
    'a root key that is cut off',
    async (state: string) => {
      await mkdir(state);
      await writeFile(join(state, 'root.key'), 'c2hvcnQ=');
    },
    'store_corrupt',
    'root\\.key',
  ],
] as const)('%s is exit code 4, in one line, and is left as it was', async (_what, make, code, says) => {
  services = await adminServices();
  await make(join(services.folder, 'state'));
  const told = await services.rekey('factor list --json');
  expect([told.exit, told.json()]).toMatchObject([
    4,
    { refused: [{ code, says: expect.stringMatching(new RegExp(`^[^\\n]*(${says})[^\\n]*$`)) }] },
  ]);
});

test('as a process: the audit names the user, exit codes are those of the page', async () => {
  services = await adminServices();
  await chmod(services.file, 0o600);
  const { file, folder } = services;
  const start = (...words: string[]) =>
    promisify(execFile)(process.execPath, [join(root, 'bin/rekey.mjs'), ...words], {
      cwd: folder,
      env: { ...process.env, REKEY_CONFIG: file },
    });
  const { stdout } = await start('factor', 'list', '--json');
  expect((JSON.parse(stdout) as { enabled: boolean }[]).filter(({ enabled }) => enabled)).toHaveLength(3);
  await expect(start('factor', 'schedule', 'token-card')).rejects.toMatchObject({ code: 1, stdout: '' });
  await expect(start('factor', 'lst')).rejects.toMatchObject({ code: 2 });
});
