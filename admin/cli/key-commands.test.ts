// Row E9: each of several keys is removed on its own.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import type { KeyListing } from '../use-cases/person-show.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
});
afterEach(() => services.close());

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const app = (label?: string) => ({
  factor: 'authenticator-app',
  ...(label === undefined ? {} : { label }),
  data: { secret },
});
const take = (...keys: readonly object[]) =>
  services.rekey(
    'person import -',
    JSON.stringify({ username: 'alice', email: 'alice@example.org', language: 'en', keys }),
  );
const keys = async () => (await services.rekey('key list alice --json')).json<readonly KeyListing[]>();
const remove = (key: string, ...more: readonly string[]) =>
  services.rekey(['key', 'remove', 'alice', '--key', key, '--json', ...more]);

test('E9 by its name, alone, audited and told', async () => {
  await take(app('my phone'), app('old phone'));
  const told = await remove('old phone');
  expect([told.exit, told.json()]).toMatchObject([0, { username: 'alice', key: { label: 'old phone' } }]);
  expect((await keys()).map(({ label, status, offBecause }) => [label, status, offBecause])).toEqual([
    ['my phone', 'active', null],
    ['old phone', 'off', 'removed'],
  ]);
  const server = await services.open();
  const person = await server.people.findByUsername('alice');
  expect(person?.keys[1]).not.toHaveProperty('sealed');
  const trail = (await services.rekey('audit list --person alice --json')).json<
    readonly { readonly action: string }[]
  >();
  expect(trail.find(({ action }) => action === 'key.off')).toMatchObject({
    actor: expect.stringMatching(/^cli:/),
    factor: 'authenticator-app',
    facts: { because: 'removed' },
  });
  expect((await remove('old phone')).json()).toMatchObject({ refused: [{ code: 'key_unknown' }] });
});

test('E9 not the last one that signs in, except with an explicit option', async () => {
  await take(app('my phone'), { factor: 'email-otp', data: { address: 'alice@example.org' } });
  const [phone, mailed] = await keys();
  // A key of a factor after its last day is not another way to sign in.
  expect(
    (
      await services.rekey(
        'factor schedule email-otp --until-and-including 2023-09-30 --zone Europe/Brussels --accept-stranded 0 --reason over',
      )
    ).exit,
  ).toBe(0);
  const told = await remove(phone?.id ?? '');
  expect([told.exit, told.json()]).toMatchObject([1, { refused: [{ code: 'key_last' }] }]);
  expect((await keys())[0]?.status).toBe('active');
  expect((await remove(mailed?.id ?? '')).exit).toBe(0);
  expect((await remove('my phone')).json()).toMatchObject({ refused: [{ code: 'key_last' }] });
  expect((await remove('my phone', '--even-last')).exit).toBe(0);
  expect((await keys()).map(({ status }) => status)).toEqual(['off', 'off']);
});

test('two keys of one name differ by their ids; an unknown person, no name, and an unknown key', async () => {
  await take(app('phone'), app('phone'));
  const [, second] = await keys();
  const told = await remove('phone');
  expect(told.json()).toMatchObject({ refused: [{ code: 'key_unknown' }] });
  expect(told.out).toContain(second?.id);
  expect((await remove(second?.id ?? '')).exit).toBe(0);
  expect((await remove('phone', '--even-last')).exit).toBe(0);
  expect((await services.rekey('key remove alice')).exit).toBe(2);
  // Some ids begin with a dash; an option of the command is no id.
  for (const id of ['-Zq', '--Zq'])
    expect((await remove(id)).json()).toMatchObject({ refused: [{ code: 'key_unknown' }] });
  expect((await services.rekey('key remove alice --key --json')).exit).toBe(2);
  expect((await services.rekey('key remove bob --key x --json')).json()).toMatchObject({
    refused: [{ code: 'person_unknown' }],
  });
  expect((await services.rekey('key list alice')).out).toContain('authenticator-app');
});
