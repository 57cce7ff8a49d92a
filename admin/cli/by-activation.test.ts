/** Of the people whom dates would leave without a way in, how many an activation by link and letter lets in again. */
import { afterEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';

let admin: AdminServices;
afterEach(() => admin.close());

const yaml = (activation: string) => `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
sharedMailboxes: { localParts: [info], mayEnrol: false }
factors: { token-card: {}, email-otp: {}, authenticator-app: {} }
activation: ${activation}
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb], accepts: [authenticator-app, email-otp] }
`;
const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const people = [
  { username: 'an', email: 'an@example.org', keys: [app] },
  { username: 'bart', keys: [app] },
  { username: 'info', email: 'info@example.org', keys: [app] },
  { username: 'cis', email: 'cis@example.org', keys: [app], disabled: true },
];
const ends = 'factor schedule authenticator-app --until-and-including 2024-01-30 --zone UTC --after refuse';

test.each([
  ['{ enabled: true, factors: [email-otp] }', 1],
  // What ends lets nobody in again.
  ['{ enabled: true, factors: [authenticator-app] }', 0],
  ['{ enabled: false }', 0],
])('A-734 activation %s', async (activation, number) => {
  admin = await adminServices({ configuration: yaml(activation) });
  await admin.rekey('person import -', people.map((one) => JSON.stringify({ ...one, language: 'en' })).join('\n'));
  const json = (await admin.rekey(`${ends} --json`)).json();
  expect(json).toMatchObject({ preflight: { newlyStranded: 3, byActivation: number } });
  const { out, err } = await admin.rekey(`${ends} --dry-run`);
  const sentence =
    '1 of 3 people who would lose the way in can come in again by an activation: a link by mail, and a letter';
  expect((out + err).includes(sentence)).toBe(number === 1);
});
