/** A configuration that takes a way in from people, as an administrator meets it: before it is in force, and after. */
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { adminServices, type AdminServices, type Told } from '../../test/harness/admin-services.ts';
import type { Mistake } from '../../config/config-errors.ts';
import { lookAtConfiguration } from '../use-cases/configuration-look.ts';
import { noteConfiguration } from '../use-cases/configuration-note.ts';

const yaml = (factors: string, clients: string) => `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
factors: { ${factors} }
clients:
${clients}`;
const client = (id: string, more = '') =>
  `  - { id: ${id}, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb]${more} }\n`;
const all = 'token-card: {}, email-otp: {}, authenticator-app: {}';
const usual = yaml(all, client('tax') + client('bank', ', accepts: [authenticator-app, token-card]'));

const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const mail = (username: string) => ({ factor: 'email-otp', data: { address: `${username}@example.org` } });
// Without a mailbox that was proven nobody activates another key alone.
const people = [
  { username: 'an', keys: [app] },
  { username: 'bart', keys: [app] },
  { username: 'carla', keys: [app, mail('carla')] },
  { username: 'off', keys: [app], disabled: true },
  { username: 'nobody' },
].map((person) => ({ ...person, language: 'en' }));

let admin: AdminServices;
beforeEach(async () => {
  admin = await adminServices({ configuration: usual, onStoreOfRun: true });
  await admin.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
});
afterEach(() => admin.close());

interface Checked {
  readonly ok: boolean;
  readonly warnings: readonly Mistake[];
  readonly stranded: number;
  readonly refused?: readonly { readonly code: string; readonly says: string }[];
}
const configure = (text: string) => writeFile(admin.file, text);
const check = (...more: readonly string[]) => admin.rekey(['config', 'check', '--json', ...more]);
const accept = (stranded: number, ...more: readonly string[]) =>
  check('--accept-stranded', String(stranded), '--reason', 'the app is gone', ...more);
const codes = (told: Told) => told.json<Checked>().refused?.map(({ code }) => code);
/** What the leader does after a start with the configuration as it stands. */
const start = async () => {
  const services = await admin.open();
  return noteConfiguration(services);
};
const trail = async (noun = 'configuration') =>
  (await admin.rekey(`audit list --action ${noun} --json`)).json<readonly { action: string; facts: object }[]>();

const withoutApp = yaml('token-card: {}, email-otp: {}', client('tax') + client('bank', ', accepts: [token-card]'));
const withoutAppAtBank = yaml(all, client('tax') + client('bank', ', accepts: [token-card]'));

describe('A-400 a factor that the configuration no longer enables, while people hold keys of it', () => {
  test('is told with numbers, and refused without the number of those who have no way in', async () => {
    expect(await start()).toBeUndefined();
    await configure(withoutApp);
    const told = await check();
    const { warnings, stranded, ok } = told.json<Checked>();
    expect([told.exit, ok, stranded, codes(told)]).toEqual([1, false, 3, ['people_stranded']]);
    expect(warnings).toContainEqual({
      code: 'factor_held',
      path: 'factors.authenticator-app',
      says: 'is not enabled, and 3 people hold a key of it (and 1 disabled account): without it 2 people have no way in (2 at tax)',
    });
    expect((await admin.rekey('config check')).err).toContain('--accept-stranded 3 --reason "…"');
    expect(await trail()).toEqual([]);
  });

  test('also where no configuration was accepted before: against the same one with every factor that people hold', async () => {
    await configure(withoutApp);
    const told = await check();
    expect([told.json<Checked>().stranded, codes(told)]).toEqual([2, ['people_stranded']]);
  });

  test('also where it is not installed any more', async () => {
    const services = await admin.open();
    const installed = services.registry.all().filter(({ id }) => id !== 'authenticator-app');
    const registry = {
      ...services.registry,
      all: () => installed,
      get: (id: string) => installed.find((one) => one.id === id),
    };
    expect(await lookAtConfiguration({ ...services, registry }, {})).toMatchObject({
      newlyStranded: 3,
      byClient: { tax: 2, bank: 3 },
      held: [{ factor: 'authenticator-app', installed: false, people: 3, disabled: 1, stranded: 3 }],
    });
  });

  test('is listed by factor list until nobody holds it, whatever was accepted', async () => {
    await configure(withoutApp);
    expect((await accept(2)).exit).toBe(0);
    expect((await admin.rekey('factor list')).out).toContain(
      'authenticator-app is not enabled, and 3 people hold a key of it',
    );
    const listed = (await admin.rekey('factor list --json')).json<readonly { id: string; held: unknown }[]>();
    expect(listed.find(({ id }) => id === 'authenticator-app')?.held).toMatchObject({ people: 3, stranded: 2 });
    expect(listed.find(({ id }) => id === 'email-otp')?.held).toBeNull();
    expect((await check()).json<Checked>().warnings.map(({ code }) => code)).toContain('factor_held');
  });
});

test('A-401 what a relying party accepts or asks is compared with what was accepted last', async () => {
  await start();
  await configure(withoutAppAtBank);
  const told = await check();
  expect([told.exit, told.json<Checked>().stranded]).toEqual([1, 3]);
  expect(told.json<Checked>().warnings).toContainEqual({
    code: 'configuration_strands',
    path: 'clients.bank.accepts',
    says: 'before: authenticator-app, token-card; now: token-card: 3 people have no key that opens it any more',
  });
  await configure(usual.replace('id: tax', 'level: high, id: tax'));
  const high = await check();
  expect(high.json<Checked>().warnings.map(({ path }) => path)).toContain('clients.tax.level');
  await configure(usual);
  expect([(await check()).exit, (await check()).json<Checked>().warnings]).toEqual([0, []]);
});

describe('A-402 what a configuration strands is accepted as a change of dates is', () => {
  beforeEach(async () => {
    await start();
    await configure(withoutApp);
  });

  test.each([
    [['--accept-stranded', '2', '--reason', 'x'], 'stranded_differs'],
    [['--accept-stranded', '3'], 'reason_missing'],
    [['--accept-stranded', '3', '--reason', 'x'.repeat(501)], 'reason_invalid'],
  ])('%j: %s', async (words, code) => {
    const told = await check(...words);
    expect([told.exit, codes(told)]).toEqual([1, [code]]);
    expect(await trail()).toEqual([]);
    expect(await start()).toBeDefined();
  });

  test('with the number and a reason it is audited, kept, and the start agrees', async () => {
    expect((await accept(3)).exit).toBe(0);
    expect(await trail()).toMatchObject([
      {
        action: 'configuration.accepted',
        actor: 'cli:ann',
        facts: { acceptedStranded: 3, reason: 'the app is gone', clients: { tax: 2, bank: 3 } },
      },
    ]);
    const again = await admin.rekey('config check');
    expect([again.exit, again.out]).toEqual([0, expect.stringContaining('Accepted before by cli:ann: 3 people')]);
    expect(await start()).toBeUndefined();
    expect(await trail()).toHaveLength(1);
  });

  test('for no more people than were accepted, and not for another configuration', async () => {
    await accept(3);
    await configure(usual);
    const dirk = JSON.stringify({ username: 'dirk', keys: [app], language: 'en' });
    expect((await admin.rekey('person import -', dirk)).exit).toBe(0);
    await configure(withoutApp);
    expect(codes(await check())).toEqual(['people_stranded']);
    expect((await start())?.newlyStranded).toBe(4);
    await configure(withoutAppAtBank);
    expect(codes(await check())).toEqual(['people_stranded']);
  });

  test('a relying party that no factor would open is never accepted', async () => {
    const ended =
      'factor schedule token-card --until-and-including 2023-12-09 --zone UTC --accept-stranded 0 --reason x';
    await configure(usual);
    expect((await admin.rekey(ended)).exit).toBe(0);
    await configure(withoutAppAtBank);
    const told = await check('--accept-stranded', '3', '--reason', 'x');
    expect([told.exit, codes(told)]).toEqual([1, ['client_would_close']]);
    expect(await trail()).toEqual([]);
  });
});

test('A-403 where the store cannot be read nothing is compared, and nothing can be accepted', async () => {
  await configure(`${usual}storage: { mongodb: { uri: "mongodb://127.0.0.1:1/x", timeoutSeconds: 0.5 } }\n`);
  const env = { REKEY_STORAGE_MONGODB_URI: 'mongodb://127.0.0.1:1/x' };
  expect((await admin.rekey('config check --json', '', env)).exit).toBe(0);
  const told = await admin.rekey(['config', 'check', '--json', '--accept-stranded', '3', '--reason', 'x'], '', env);
  expect([told.exit, codes(told)]).toEqual([4, ['store_unreachable']]);
});
