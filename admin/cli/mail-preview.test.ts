/** `rekey mail preview` as an administrator runs it: on the screen, as files, and sent through a real server. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { startSmtp, type SmtpHarness } from '../../test/harness/smtp.ts';

let server: SmtpHarness;
let admin: AdminServices;
beforeEach(async () => {
  server = await startSmtp({ tls: 'none' });
  admin = await adminServices({
    configuration: `issuer: https://login.example.org
name: Test
state: state
mail:
  smtp: { host: 127.0.0.1, port: ${server.port}, security: none, from: { name: Test, address: no-reply@example.org } }
sms: { twilio: { accountSid: AC00000000000000000000000000000000, authToken: 0123456789abcdef0123456789abcdef, from: Test }, countries: [BE] }
factors: { email-otp: { recommended: true }, sms: { settings: { homeCountry: BE } }, authenticator-app: {} }
clients: [{ id: tax, secret: 0123456789abcdef, redirectUris: [https://tax.example.org/cb] }]
`,
  });
});
afterEach(async () => {
  await admin.close();
  await server.close();
});

test('A-328 without a name: the list of all mails, also those of factors', async () => {
  const told = await admin.rekey('mail preview');
  expect(told.exit).toBe(0);
  const lines = told.out.trim().split('\n');
  expect(lines).toEqual(
    expect.arrayContaining(['key_going', 'key_lifted_at', 'email-otp/code', 'sms/code  (short message)']),
  );
  expect((await admin.rekey('mail preview --json')).json<object[]>()).toHaveLength(lines.length);
});

test('A-328 on the screen, in one language or all', async () => {
  const dutch = await admin.rekey('mail preview key_going --language nl');
  expect([dutch.exit, dutch.out]).toEqual([
    0,
    expect.stringMatching(
      /^--- nl: Uw digitale sleutel “Beveiligingscode per e-mail” werkt tot en met 31 oktober 2023\n/,
    ),
  ]);
  const all = await admin.rekey('mail preview key_going');
  expect(all.out.match(/^--- /gm)).toHaveLength(4);
});

test('A-328 mails name the zone of dates that were set by command, where the configuration names none', async () => {
  const [before] = (await admin.rekey('mail preview key_off --language en --json')).json<{ text: string }[]>();
  await admin.rekey('factor schedule sms --until-and-including 2024-01-30 --zone Europe/Brussels --after re-enrol');
  const [after] = (await admin.rekey('mail preview key_off --language en --json')).json<{ text: string }[]>();
  expect(before?.text).toContain('at 12:00 UTC.');
  expect(after?.text).toContain('at 14:00 (Central European Time).');
});

test('A-328 files: text and HTML of each, and nothing is written elsewhere', async () => {
  const audit = (await admin.rekey('audit list --json')).out;
  const told = await admin.rekey('mail preview --out mails --json');
  expect(told.exit).toBe(0);
  const files = await readdir(join(admin.folder, 'mails'));
  expect(files.toSorted()).toEqual(told.json<{ files: string[] }>().files.toSorted());
  expect(files).toEqual(expect.arrayContaining(['key_going.fr.txt', 'key_going.fr.html', 'sms.code.de.txt']));
  expect(files).not.toContain('sms.code.de.html');
  for (const file of files)
    expect(await readFile(join(admin.folder, 'mails', file), 'utf8')).not.toMatch(/\{\{|undefined/);
  expect(await readFile(join(admin.folder, 'mails/key_off.en.txt'), 'utf8')).toMatch(
    /^Your digital key .* is switched off\n\n/,
  );
  expect((await admin.rekey('mail preview key_off --out mails --json')).json()).toMatchObject({
    refused: [{ code: 'folder_unusable' }],
  });
  expect((await admin.rekey('mail preview key_off --language en --out mails --force')).out).toBe('2 files in mails.\n');
  expect(await readdir(join(admin.folder, 'mails'))).toHaveLength(2);
  expect((await admin.rekey('audit list --json')).out).toBe(audit);
});

test('A-328 to the administrator: marked, on no list, and the audit event names no person', async () => {
  await admin.rekey('person import -', JSON.stringify({ username: 'els', email: 'els@example.org' }));
  const told = await admin.rekey('mail preview key_going --language fr --to els@example.org');
  expect([told.exit, told.out]).toEqual([
    0,
    'The server has taken the preview of key_going (fr) to els@example.org.\n',
  ]);
  const [mail] = server.delivered;
  expect(mail?.mail.subject).toMatch(/^Aperçu/);
  expect(mail?.mail.text).toContain('Ceci est un aperçu');
  expect(mail?.raw).not.toMatch(/^List-Id/im);
  const lines = (await admin.rekey('audit list --action mail.previewed --json')).json<Record<string, unknown>[]>();
  expect(lines).toMatchObject([
    { actor: 'cli:ann', facts: { template: 'key_going', language: 'fr', destination: 'e…@example.org', kind: 'sent' } },
  ]);
  expect(lines[0]).not.toHaveProperty('person');
});

test.each([
  ['key_goign', 'template_unknown', 'Did you mean key_going?'],
  ['nothing-like-it', 'template_unknown', 'rekey mail preview lists them.'],
  ['sms/code --to els@example.org', 'template_not_mail', 'short message'],
  ['key_off --to els@', 'mail_address_invalid', 'plain mail address'],
])('A-328 mail preview %s is refused: %s; nothing leaves', async (words, code, says) => {
  const told = await admin.rekey(`mail preview ${words} --json`);
  expect(told.exit).toBe(1);
  expect(told.json()).toMatchObject({ refused: [{ code, says: expect.stringContaining(says) }] });
  expect(server.delivered).toEqual([]);
});

test.each(['key_off --language it', '--to els@example.org', 'key_off --to els@example.org --out mails'])(
  'A-328 mail preview %s is not understood',
  async (words) => expect((await admin.rekey(`mail preview ${words}`)).exit).toBe(2),
);
