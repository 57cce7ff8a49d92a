/** The last administrator with a way in keeps it: whatever command would take it, and whatever runs beside it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { adminServices, type AdminServices, type Told } from '../../test/harness/admin-services.ts';

const configuration = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
factors: { token-card: {}, email-otp: {}, authenticator-app: {} }
administrators: { groups: [admins], clients: [console] }
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
  - { id: console, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb], accepts: [authenticator-app] }
`;
const app = { factor: 'authenticator-app', label: 'app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const mail = (username: string) => ({
  factor: 'email-otp',
  label: 'mail',
  data: { address: `${username}@example.org` },
});
const groups = ['admins'];
const shutOut = ['administrators_shut_out'];

let admin: AdminServices;
const lines = (ones: readonly object[]) => ones.map((one) => JSON.stringify({ language: 'en', ...one })).join('\n');
const bring = (ones: readonly object[]) => admin.rekey('person import -', lines(ones));
const codes = (told: Told) => told.json<{ refused?: readonly { code: string }[] }>().refused?.map(({ code }) => code);

beforeEach(async () => {
  admin = await adminServices({ configuration, onStoreOfRun: true });
  await bring([
    { username: 'root', keys: [app, mail('root')], groups },
    { username: 'an', keys: [app] },
  ]);
});
afterEach(() => admin.close());

describe('A-730 the last way in of the last administrator', () => {
  test.each(['key remove root --key app', 'key remove root --key app --even-last'])('is kept: %s', async (command) => {
    expect(codes(await admin.rekey(`${command} --json`))).toEqual(shutOut);
    expect((await admin.rekey('key list root')).out).toContain('app');
    expect(codes(await admin.rekey('key remove root --key mail --json'))).toBeUndefined();
    await bring([{ username: 'deputy', keys: [app], groups }]);
    expect(codes(await admin.rekey('key remove root --key app --even-last --json'))).toBeUndefined();
  });
  test('is kept where it is a permit to activate a key', async () => {
    await bring([{ username: 'deputy', email: 'deputy@example.org', emailVerified: true, keys: [app], groups }]);
    await admin.rekey('person disable root');
    await admin.rekey(['key', 'allow', 'root', '--reason', 'seen at the desk']);
    expect(codes(await admin.rekey('key allow deputy --reason telephone --json'))).toBeUndefined();
    expect(codes(await admin.rekey('key remove deputy --key app --even-last --json'))).toBeUndefined();
    expect(codes(await admin.rekey('key allow deputy --withdraw --json'))).toEqual(shutOut);
    await admin.rekey('person enable root');
    expect(codes(await admin.rekey('key allow deputy --withdraw --json'))).toBeUndefined();
  });
});

describe('A-731 of two administrators, one keeps a way in', () => {
  beforeEach(() => bring([{ username: 'deputy', keys: [app], groups }]));
  const isLeft = async (name: string) => {
    const told = await admin.rekey(`person show ${name} --json`);
    if (told.exit !== 0) return false;
    const {
      disabled,
      groups: of,
      keys,
    } = told.json<{
      disabled: boolean;
      groups: readonly string[];
      keys: readonly { factor: string; status: string }[];
    }>();
    const active = keys.some(({ factor, status }) => factor === 'authenticator-app' && status === 'active');
    return !disabled && of.includes('admins') && active;
  };
  const stand = async () => (await Promise.all(['root', 'deputy'].map(isLeft))).filter(Boolean).length;

  test.each([
    ['person disable root', 'person disable deputy'],
    ['person disable root', 'key remove deputy --key app --even-last'],
    ['person remove root --yes', 'person set deputy --group staff'],
    ['person set root --group staff', 'key remove deputy --key app --even-last'],
  ])('when two commands run at one moment: %s, %s', async (one, other) => {
    const told = await Promise.all([admin.rekey(`${one} --json`), admin.rekey(`${other} --json`)]);
    expect(told.map(({ exit }) => exit).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(told.flatMap((each) => codes(each) ?? [])).toEqual(shutOut);
    expect(await stand()).toBe(1);
  });
  test('when two lists take them out of the group, and when dates end their keys beside it', async () => {
    const lists = ['root', 'deputy'].map((name) => admin.rekey('person group-remove admins --list - --json', name));
    expect((await Promise.all(lists)).map(({ exit }) => exit).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(await stand()).toBe(1);
  });
  test('when each gets an earlier day, and when everybody’s last day comes beside one who is disabled', async () => {
    await admin.rekey('factor schedule authenticator-app --zone UTC --after refuse');
    const day = '--until-and-including 2023-12-09 --reason lost';
    const days = ['root', 'deputy'].map((name) =>
      admin.rekey(`factor schedule authenticator-app --person ${name} ${day} --accept-stranded 1 --json`),
    );
    const told = await Promise.all(days);
    expect(told.map(({ exit }) => exit).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(told.flatMap((each) => codes(each) ?? [])).toEqual(shutOut);
    for (const name of ['root', 'deputy'])
      await admin.rekey(`factor schedule authenticator-app --person ${name} --until-and-including none`);
    const group = 'factor schedule authenticator-app --group staff --until-and-including 2023-09-30 --reason lost';
    await admin.rekey('person set root --group admins --group staff');
    const beside = await Promise.all([
      admin.rekey(`${group} --accept-stranded 1 --json`),
      admin.rekey('person disable deputy --json'),
    ]);
    expect(beside.map(({ exit }) => exit).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(beside.flatMap((each) => codes(each) ?? [])).toEqual(shutOut);
  });
  const both = lines(['root', 'deputy'].map((username) => ({ username, disabled: true })));
  test('when one file disables both: the later line is refused, by dry run and run', async () => {
    for (const run of [' --dry-run', '']) {
      const told = await admin.rekey(`person import - --update${run}`, both);
      expect([told.exit, told.out + told.err]).toEqual([
        1,
        expect.stringContaining('line 2: would leave every administrator without a way in'),
      ]);
    }
    expect((await admin.rekey('person show root --json')).json()).toMatchObject({ disabled: true });
    expect(await stand()).toBe(1);
  });
  test('when two files at one moment each disable one', async () => {
    const files = both.split('\n').map((line) => admin.rekey('person import - --update', line));
    expect((await Promise.all(files)).map(({ exit }) => exit).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(await stand()).toBe(1);
  });
});
