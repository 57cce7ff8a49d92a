import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
  const keys = [
    { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } },
    { factor: 'email-otp', data: { address: 'alice@example.org' } },
  ];
  const alice = { username: 'alice', email: 'alice@example.org', language: 'en', keys };
  await services.rekey('person import -', [alice, { username: 'bob' }].map((one) => JSON.stringify(one)).join('\n'));
});
afterEach(() => services.close());

const allow = (...more: readonly string[]) => services.rekey(['key', 'allow', 'alice', '--json', ...more]);
const person = async () => (await services.open()).people.findByUsername('alice');
const trail = async (action: string) =>
  (await services.rekey('audit list --person alice --json'))
    .json<readonly { readonly action: string }[]>()
    .filter((line) => line.action === action);

test('A-055 one key is allowed: with a reason, for some hours, audited', async () => {
  for (const words of [[], ['--reason', 'abc '], ['--reason', 'seen at the desk', '--hours', '73']])
    expect((await allow(...words)).exit).toBe(2);
  expect((await person())?.permit).toBeUndefined();
  const told = await allow('--reason', 'seen at the desk');
  const until = services.clock.now() + 2 * 3_600_000;
  expect([told.exit, told.json()]).toMatchObject([0, { username: 'alice', until: new Date(until).toISOString() }]);
  expect((await person())?.permit).toMatchObject({ until, by: expect.stringMatching(/^cli:/) });
  expect(await trail('permit.given')).toMatchObject([{ facts: { reason: 'seen at the desk', until } }]);
  // The keys that still work are listed: they are asked first.
  expect((await services.rekey(['key', 'allow', 'alice', '--reason', 'again, please'])).out).toContain('email-otp');
});

test('A-055 and is withdrawn; an unknown person, a person without keys, nothing to withdraw', async () => {
  expect((await allow('--withdraw')).json()).toMatchObject({ refused: [{ code: 'permit_missing' }] });
  await allow('--reason', 'seen at the desk', '--hours', '1');
  expect((await allow('--withdraw')).exit).toBe(0);
  expect((await person())?.permit).toBeUndefined();
  expect(await trail('permit.withdrawn')).toHaveLength(1);
  const bob = await services.rekey(['key', 'allow', 'bob', '--reason', 'seen at the desk', '--json']);
  expect([bob.exit, bob.json()]).toMatchObject([1, { refused: [{ code: 'permit_unneeded' }] }]);
  const nobody = await services.rekey(['key', 'allow', 'carol', '--reason', 'seen at the desk', '--json']);
  expect(nobody.json()).toMatchObject({ refused: [{ code: 'person_unknown' }] });
});

test('A-205 removing the last key says what the person needs next', async () => {
  const remove = (key: string) => services.rekey(['key', 'remove', 'alice', '--key', key, '--even-last', '--json']);
  const [app, mail] = (await person())?.keys ?? [];
  expect((await remove(app?.id ?? '')).json()).toMatchObject({ mustAllow: false });
  expect((await remove(mail?.id ?? '')).json()).toMatchObject({ mustAllow: true });
  // The weak key was removed; the strength of the strong one still counts.
  expect((await person())?.keys.map(({ strength, settled }) => [strength, settled])).toEqual([
    ['substantial', undefined],
    ['low', true],
  ]);
});

test('A-217 a former address is restored, with a reason', async () => {
  const server = await services.open();
  const now = services.clock.now();
  await server.people.change((await person())?.id ?? '', (alice) => ({
    ...alice,
    email: { address: 'thief@example.org', verifiedAt: now },
    formerEmails: [{ address: 'alice@example.org', verifiedAt: 1, until: now + 1 }],
  }));
  const restore = (...more: readonly string[]) =>
    services.rekey(['person', 'restore-email', 'alice', '--json', ...more]);
  expect((await restore('--reason', 'called back')).exit).toBe(2);
  expect((await restore('--address', 'alice@example.org')).exit).toBe(2);
  const wrong = await restore('--address', 'eve@example.org', '--reason', 'called back');
  expect([wrong.exit, wrong.json()]).toMatchObject([1, { refused: [{ code: 'address_not_former' }] }]);
  expect((await restore('--address', 'alice@example.org', '--reason', 'called back')).exit).toBe(0);
  expect((await person())?.email).toEqual({ address: 'alice@example.org', verifiedAt: 1 });
  expect(await trail('email.restored')).toMatchObject([{ facts: { reason: 'called back' } }]);
});
