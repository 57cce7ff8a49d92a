/** A change that leaves every administrator without a way in, as an administrator meets it: by each command that could. */
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Mistake } from '../../config/config-errors.ts';
import { adminServices, type AdminServices, type Told } from '../../test/harness/admin-services.ts';
import { noteConfiguration } from '../use-cases/configuration-note.ts';

const yaml = (administrators: string, { factors = all, clients = '' } = {}) => `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
factors: { ${factors} }
${administrators}
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
  - { id: bank, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb]${clients} }
`;
const all = 'token-card: {}, email-otp: {}, authenticator-app: {}';
const named = 'administrators: { groups: [admins, deputies] }';

const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const mail = (username: string) => ({ factor: 'email-otp', data: { address: `${username}@example.org` } });
// Without a mailbox that was proven nobody activates another key alone.
const people = [
  { username: 'root', keys: [app], groups: ['admins'] },
  { username: 'former', keys: [mail('former')], groups: ['admins'], disabled: true },
  { username: 'an', keys: [app] },
  { username: 'bart', keys: [mail('bart')] },
];
const deputy = { username: 'deputy', keys: [mail('deputy')], groups: ['deputies'] };

let admin: AdminServices;
const bring = (ones: readonly object[]) =>
  admin.rekey('person import -', ones.map((one) => JSON.stringify({ ...one, language: 'en' })).join('\n'));
beforeEach(async () => {
  admin = await adminServices({ configuration: yaml(named), onStoreOfRun: true });
  await bring(people);
});
afterEach(() => admin.close());

const codes = (told: Told) => told.json<{ refused?: readonly { code: string }[] }>().refused?.map(({ code }) => code);
const configure = (text: string) => writeFile(admin.file, text);
const day = '--until-and-including 2023-12-09 --zone UTC --after refuse';
const ends = `factor schedule authenticator-app ${day}`;
const shutOut = ['administrators_shut_out'];
const events = async (noun: string) =>
  (await admin.rekey(`audit list --action ${noun} --json`)).json<readonly unknown[]>();

describe('A-445 dates that leave every administrator without a way in', () => {
  test('are refused in the same words by dry run and command, whatever number is typed', async () => {
    const [dry, real] = [await admin.rekey(`${ends} --dry-run`), await admin.rekey(ends)];
    expect([dry.exit, dry.out, dry.err]).toEqual([1, real.out, real.err]);
    expect(dry.out + dry.err).toContain(
      'No administrator would have a way in any more (`administrators` in the configuration). This cannot be accepted: let one of them activate another key first, or name others.',
    );
    for (const number of [0, 1, 2])
      expect(codes(await admin.rekey(`${ends} --accept-stranded ${number} --reason x --json`))).toEqual(shutOut);
    expect((await admin.rekey('factor history authenticator-app --json')).out).toContain('"states": []');
  });
  test('take the number as before once another of them has a way in', async () => {
    await bring([deputy]);
    expect(codes(await admin.rekey(`${ends} --json`))).toEqual(['people_stranded']);
    expect((await admin.rekey(`${ends} --accept-stranded 2 --reason x`)).exit).toBe(0);
  });
  test('are refused where a former state of the dates is restored, and where a day is for one person alone', async () => {
    await bring([deputy]);
    await admin.rekey(`${ends} --accept-stranded 2 --reason x`);
    await admin.rekey('factor unschedule authenticator-app');
    expect(codes(await admin.rekey('person disable deputy --json'))).toBeUndefined();
    expect(
      codes(await admin.rekey('factor restore authenticator-app 1 --accept-stranded 2 --reason x --json')),
    ).toEqual(shutOut);
    const alone = 'factor schedule authenticator-app --person root --until-and-including 2023-12-09 --reason x';
    expect(codes(await admin.rekey(`${alone} --accept-stranded 1 --json`))).toEqual(shutOut);
    await admin.rekey('person enable deputy');
    expect((await admin.rekey(`${alone} --accept-stranded 1`)).exit).toBe(0);
  });
});

describe('A-446 a configuration that leaves every administrator without a way in', () => {
  const withoutApp = (administrators = named) => yaml(administrators, { factors: 'token-card: {}, email-otp: {}' });
  test('is refused by the check, never accepted, and told at the start', async () => {
    expect(await noteConfiguration(await admin.open())).toBeUndefined();
    await configure(withoutApp());
    expect(codes(await admin.rekey('config check --json'))).toEqual(shutOut);
    expect(codes(await admin.rekey('config check --accept-stranded 2 --reason x --json'))).toEqual(shutOut);
    expect((await noteConfiguration(await admin.open()))?.shutsOut).toEqual({ kind: 'everywhere' });
    expect(await events('configuration.strands')).toMatchObject([{ facts: { administratorsShutOut: true } }]);
    await configure(withoutApp(''));
    expect(codes(await admin.rekey('config check --json'))).toEqual(['people_stranded']);
  });
  test('also where its number was accepted before somebody said who administers', async () => {
    await noteConfiguration(await admin.open());
    await configure(withoutApp(''));
    expect((await admin.rekey('config check --accept-stranded 2 --reason x')).exit).toBe(0);
    await configure(withoutApp());
    expect(codes(await admin.rekey('config check --json'))).toEqual(shutOut);
    expect(await noteConfiguration(await admin.open())).toBeDefined();
  });
  test('also where a relying party that they need takes another key, and at none that they do not', async () => {
    await bring([deputy]);
    const clients = ', accepts: [token-card, email-otp]';
    await noteConfiguration(await admin.open());
    const needs = (ids: string) => `administrators: { groups: [admins], clients: [${ids}] }`;
    await configure(yaml(needs('bank'), { clients }));
    const told = await admin.rekey('config check --json');
    expect([codes(told), told.out]).toEqual([shutOut, expect.stringContaining('have a way in at bank any more')]);
    for (const administrators of [needs('tax'), named]) {
      await configure(yaml(administrators, { clients }));
      expect(codes(await admin.rekey('config check --json'))).toEqual(['people_stranded']);
    }
  });
  test('a relying party that is none of the clients is a mistake, with what was perhaps meant', async () => {
    await configure(yaml('administrators: { groups: [admins], clients: [banc] }'));
    const told = await admin.rekey('config check --json');
    expect(told.json<{ mistakes: readonly Mistake[] }>().mistakes).toMatchObject([
      { code: 'values_disagree', path: 'administrators.clients[0]', meant: 'bank' },
    ]);
  });
});

describe('A-447 the last administrator with a way in', () => {
  const csv = (one: object) => JSON.stringify(one);
  test.each([
    ['person disable root', ''],
    ['person remove root --yes', ''],
    ['person remove root --dry-run', ''],
    ['person set root --group staff', ''],
    ['person group-remove admins --list -', 'root\n'],
  ])('is kept: %s', async (command, input) => {
    const told = await admin.rekey(`${command} --json`, input);
    expect([told.exit, codes(told)]).toEqual([1, shutOut]);
    expect((await admin.rekey('person show root --json')).json()).toMatchObject({
      disabled: false,
      groups: ['admins'],
    });
    await bring([deputy]);
    expect(codes(await admin.rekey(`${command} --json`, input))).toBeUndefined();
  });
  test('is kept by an import that disables them', async () => {
    const told = await admin.rekey(
      'person import - --update',
      csv({ username: 'root', language: 'en', disabled: true }),
    );
    expect(told.out + told.err).toContain('would leave every administrator without a way in');
    expect((await admin.rekey('person show root --json')).json()).toMatchObject({ disabled: false });
  });
});

test('A-448 without an administrator the check says so, and nothing is refused for it', async () => {
  await configure(yaml('administrators: { groups: [nobody] }'));
  const told = await admin.rekey('config check --json');
  expect([told.exit, told.json<{ warnings: readonly Mistake[] }>().warnings]).toMatchObject([
    0,
    [{ code: 'administrators_missing', path: 'administrators.groups' }],
  ]);
  expect(codes(await admin.rekey(`${ends} --json`))).toEqual(['people_stranded']);
  expect(codes(await admin.rekey('person disable root --json'))).toBeUndefined();
  await configure(yaml('administrators: { groups: [admins] }'));
  // The only one is disabled.
  expect((await admin.rekey('config check')).out).toContain('nobody is in one of these groups');
});
