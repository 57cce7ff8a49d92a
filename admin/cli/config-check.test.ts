/** `rekey config check` finds what the engine, the store or TLS would refuse later. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { freePort } from '../../test/harness/free-port.ts';
import { startTarPit } from '../../test/harness/smtp.ts';
import { startTwilio } from '../../test/harness/twilio-double.ts';
import { mistakeCodes, type Mistake } from '../../config/config-errors.ts';

let services: AdminServices | undefined;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await services?.close();
});

const base = `issuer: http://localhost:4000
name: Test
state: state
factors: { authenticator-app: {} }
`;
const withMail = `${base}mail: { outbox: true }\n`;
const client = (more: string) =>
  `${withMail}clients:\n  - { id: tax, redirectUris: [http://localhost:4001/cb], ${more} }\n`;

interface Checked {
  readonly ok: boolean;
  readonly mistakes?: readonly Mistake[];
  readonly connections?: readonly { readonly what: string; readonly ok: boolean; readonly says: string }[];
}
async function check(
  configuration: string,
  env: Record<string, string> = {},
  files: Record<string, string | Buffer> = {},
) {
  services = await adminServices({ configuration });
  for (const [name, content] of Object.entries(files)) await writeFile(join(services.folder, name), content);
  const told = await services.rekey('config check --json', '', env);
  return { told, mistakes: told.json<Checked>().mistakes ?? [] };
}

const mistake = (code: string, path: string, says: string) => ({ code, path, says: expect.stringContaining(says) });
const secret = '0123456789abcdef';

test.each([
  [
    'a scope that is none',
    'secret: 0123456789abcdef, scopes: [openid, email, roles]',
    'value_wrong',
    'clients[0].scopes[2]',
    'expected one of openid, profile, email, address, phone, groups, offline_access, found "roles"',
  ],
  [
    'a secret with an accent',
    'secret: "0123456789abcdeé"',
    'value_wrong',
    'clients[0].secret',
    'character 16 is a sign that may not stand there (U+00E9)',
  ],
  [
    'a secret with a tab',
    'secret: "0123456789\\tabcdef"',
    'value_wrong',
    'clients[0].secret',
    'character 11 is a tab (U+0009)',
  ],
  [
    'a secret of two lines',
    'secret: "0123456789abcdef\\nx"',
    'value_wrong',
    'clients[0].secret',
    'character 17 is a line break (U+000A)',
  ],
] as const)('A-220 client: %s', async (_what, more, code, path, says) => {
  const { told, mistakes } = await check(client(more));
  expect([told.exit, mistakes]).toEqual([3, [expect.objectContaining(mistake(code, path, says))]]);
  expect(told.out).not.toContain('0123456789');
});

test.each([
  [
    'a byte order mark',
    Buffer.from(`\ufeff${secret}`),
    'file_encoding',
    'clients[0].secretFile',
    'byte order mark (bytes 1 to 3)',
  ],
  ['UTF-16', Buffer.from(`\ufeff${secret}`, 'utf16le'), 'file_encoding', 'clients[0].secretFile', 'is UTF-16 (byte 1)'],
  [
    'UTF-16 without its mark',
    Buffer.from(secret, 'utf16le'),
    'file_encoding',
    'clients[0].secretFile',
    'zero byte, as UTF-16 has (byte 2)',
  ],
  ['Latin-1', Buffer.from(`${secret}é`, 'latin1'), 'file_encoding', 'clients[0].secretFile', 'is not UTF-8 (byte 17)'],
  [
    'two line ends',
    Buffer.from(`${secret}\n\n`),
    'value_wrong',
    'clients[0].secret',
    'character 17 is a line break (U+000A)',
  ],
  [
    'a line end of another system twice',
    Buffer.from(`${secret}\r\n\r\n`),
    'value_wrong',
    'clients[0].secret',
    'character 17 is a line break (U+000D)',
  ],
] as const)('A-220 a file with a secret: %s', async (_what, bytes, code, path, says) => {
  const { told, mistakes } = await check(client('secretFile: secret.txt'), {}, { 'secret.txt': bytes });
  expect([told.exit, mistakes]).toEqual([3, [expect.objectContaining(mistake(code, path, says))]]);
  await services?.close();
  const byVariable = await check(client('name: x'), {}, { 'secret.txt': bytes });
  const again = await services?.rekey('config check --json', '', {
    REKEY_CLIENTS_TAX_SECRET_FILE: join(services.folder, 'secret.txt'),
  });
  expect(byVariable.told.exit).toBe(3);
  expect(again?.json<Checked>().mistakes).toEqual([expect.objectContaining({ code })]);
});

test('A-220 one line end, of either system, is no part of the secret', async () => {
  for (const end of ['\n', '\r\n', ''])
    expect((await check(client('secretFile: s'), {}, { s: `${secret}${end}` })).told.exit).toBe(0);
});

test('A-220 two clients that would share a variable are reported where it is set, and neither uses it', async () => {
  const two = `${withMail}clients:
  - { id: a-b, secret: ${secret}, redirectUris: [http://localhost:4001/cb] }
  - { id: a_b, redirectUris: [http://localhost:4002/cb] }
`;
  const { told, mistakes } = await check(two, { REKEY_CLIENTS_A_B_SECRET: 'fedcba9876543210' });
  expect([told.exit, mistakes]).toEqual([
    3,
    [
      expect.objectContaining({
        code: 'variable_shared',
        source: 'environment variable REKEY_CLIENTS_A_B_SECRET',
        says: expect.stringContaining('stands for clients[0].secret and clients[1].secret'),
      }),
    ],
  ]);
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });

test('A-220 a client that only the engine refuses is a mistake, with its setting', async () => {
  const key = JSON.stringify({ ...rsa, kid: 7 });
  const { told, mistakes } = await check(client(`tokenEndpointAuthMethod: private_key_jwt, jwks: { keys: [${key}] }`));
  expect([told.exit, mistakes]).toEqual([
    3,
    [
      expect.objectContaining(
        mistake('client_refused', 'clients[0].jwks', 'jwks.keys[0].kid must be a non-empty string'),
      ),
    ],
  ]);
  await services?.close();
  const right = JSON.stringify({ ...rsa, kid: '7' });
  expect((await check(client(`tokenEndpointAuthMethod: private_key_jwt, jwks: { keys: [${right}] }`))).told.exit).toBe(
    0,
  );
});

test.each([
  ['mongodb://h1:27017/my.db', 'a `.` in the name of the database'],
  ['mongodb+srv://h:27017/db', 'has a port'],
  ['mongodb://h/db?replicaSet=', 'the option replicaSet without a value'],
  ['mongodb://u:hunter2@x@h/db', 'has a `@` in the password'],
  ['mongodb://h/db?tlsCAFile=/nowhere/ca.pem', 'in the option tlsCAFile that cannot be read'],
])('A-220 the address of a database: %s', async (uri, says) => {
  const { told, mistakes } = await check(`${withMail}storage: { mongodb: { uri: "${uri}" } }\n`);
  expect([told.exit, mistakes]).toEqual([
    3,
    [expect.objectContaining(mistake('address_invalid', 'storage.mongodb.uri', says))],
  ]);
  expect(told.out).not.toContain('hunter2');
});

function madeCertificate(folder: string): Promise<readonly [string, string]> {
  execFileSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -keyout k.pem -out c.pem'.split(
      ' ',
    ),
    { cwd: folder, stdio: 'ignore' },
  );
  return Promise.all([readFile(join(folder, 'c.pem'), 'utf8'), readFile(join(folder, 'k.pem'), 'utf8')]);
}

test('A-220 PEM is parsed: the name of a file instead of PEM, truncated certificates, the key of another certificate', async () => {
  const folder = (await adminServices()).folder;
  const [certificate, key] = await madeCertificate(folder);
  const [, otherKey] = await madeCertificate(folder);
  const of = async (mongodb: string, files: Record<string, string>) => {
    await services?.close();
    return (await check(`${withMail}storage: { mongodb: { uri: "mongodb://127.0.0.1:1/x", ${mongodb} } }\n`, {}, files))
      .mistakes;
  };
  expect(await of('ca: ca.pem', {})).toEqual([
    expect.objectContaining({
      ...mistake('pem_invalid', 'storage.mongodb.ca', 'expected certificates, PEM'),
      meant: 'caFile',
    }),
  ]);
  expect(await of('certificate: client.pem', {})).toEqual([expect.objectContaining({ meant: 'certificateFile' })]);
  expect(await of('caFile: ca.pem', { 'ca.pem': certificate })).toEqual([]);
  expect(await of('caFile: ca.pem', { 'ca.pem': certificate.slice(0, -60) })).toEqual([
    expect.objectContaining({ code: 'pem_invalid' }),
  ]);
  expect(await of('caFile: ca.pem', { 'ca.pem': certificate.replace(/\n[A-Za-z0-9+/]{20}/, '\n') })).toEqual([
    expect.objectContaining(mistake('pem_invalid', 'storage.mongodb.ca', 'cannot be read (number 1)')),
  ]);
  expect(await of('caFile: ca.pem', { 'ca.pem': `${certificate}${key}` })).toEqual([
    expect.objectContaining(mistake('pem_invalid', 'storage.mongodb.ca', 'expected certificates alone')),
  ]);
  expect(await of('certificateFile: c.pem', { 'c.pem': `${certificate}${otherKey}` })).toEqual([
    expect.objectContaining({ code: 'pem_invalid' }),
  ]);
  expect(await of('certificateFile: c.pem', { 'c.pem': certificate })).toEqual([
    expect.objectContaining(mistake('pem_invalid', 'storage.mongodb.certificate', 'has a certificate and no key')),
  ]);
  expect(
    await of('certificateFile: c.pem', { 'c.pem': `${otherKey}${await readFile(join(folder, 'c.pem'), 'utf8')}` }),
  ).toEqual([]);
});

test('A-220 all mistakes are reported at once, each with a code of the list and a path', async () => {
  const { told, mistakes } = await check(
    `${base}mail: { smtp: { host: h, ca: ca.pem, from: { name: X, address: x@example.org } } }
listen: { prot: 1 }
storage: { mongodb: { uri: "mongodb://h/a.b" } }
clients:
  - { id: a, secret: "0123456789abcdé0", redirectUris: [http://localhost:4001/cb], scopes: [opneid] }
  - { id: b, secretFile: nowhere, redirectUris: [http://localhost:4001/cb] }
`,
  );
  expect(told.exit).toBe(3);
  expect(mistakes.map(({ path }) => path).toSorted()).toEqual([
    'clients[0].scopes[0]',
    'clients[0].secret',
    'clients[1].secretFile',
    'listen.prot',
    'mail.smtp.ca',
    'storage.mongodb.uri',
  ]);
  for (const { code } of mistakes) expect(Object.keys(mistakeCodes)).toContain(code);
});

test('A-220 --connect tries store, mail and gateway, says what each answered, and sends nothing', async () => {
  const twilio = await startTwilio();
  closing.push(() => twilio.close());
  const sms = (token: string) => `sms:
  countries: [BE]
  twilio: { accountSid: ${twilio.accountSid}, authToken: ${token}, from: "+3225551234", baseUrl: "${twilio.baseUrl}" }
`;
  services = await adminServices({ configuration: `${withMail}${sms(twilio.authToken)}` });
  const good = await services.rekey('config check --connect --json');
  expect([good.exit, good.json<Checked>().connections]).toEqual([
    0,
    [
      { what: 'store', ok: true, says: 'is not there yet, and can be made' },
      { what: 'mail', ok: true, says: 'stays in the store (`mail.outbox`)' },
      { what: 'gateway', ok: true, says: 'answers as it should' },
    ],
  ]);
  expect([twilio.requests(), twilio.accepted]).toEqual([0, []]);
  await services.close();

  const port = await freePort();
  services = await adminServices({
    configuration: `${base}${sms('0123456789abcdef0123456789abcdef')}mail:
  smtp: { host: 127.0.0.1, port: ${port}, security: none, from: { name: X, address: x@example.org } }
storage: { mongodb: { uri: "mongodb://127.0.0.1:${port}/x", timeoutSeconds: 0.5 } }
`,
  });
  const bad = await services.rekey('config check --connect --json');
  expect([bad.exit, bad.json<Checked>().connections]).toEqual([
    4,
    [
      {
        what: 'store',
        ok: false,
        says: expect.stringMatching(/^fails \(unreachable\): The database cannot be reached \(ECONNREFUSED\)$/),
      },
      { what: 'mail', ok: false, says: expect.stringContaining('ECONNREFUSED') },
      { what: 'gateway', ok: false, says: 'fails: 401 20003' },
    ],
  ]);
});

test('A-220 the check ends even if a server never answers', async () => {
  const pit = await startTarPit();
  closing.push(() => pit.close());
  services = await adminServices({
    configuration: `${base}mail:\n  smtp: { host: 127.0.0.1, port: ${pit.port}, security: none, from: { name: X, address: x@example.org } }\n`,
  });
  const told = await services.rekey('config check --connect --json');
  expect([told.exit, told.json<Checked>().connections?.[1]?.ok]).toEqual([4, false]);
}, 30_000);
