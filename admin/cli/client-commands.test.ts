// What a developer copies, and a sign-in as a relying party against the running product.
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { composition } from '../../app/composition.ts';
import { freePort } from '../../test/harness/free-port.ts';
import { HttpAgent, type Page } from '../../test/harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../../test/harness/product.ts';
import { signInByMail } from '../../test/harness/sign-in-by-mail.ts';
import { systemClock } from '../../time/clock.ts';
import { run } from './run.ts';

// The engine compares classes with those of its own realm; jest has another.
globalThis.structuredClone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const secret = 'a-secret-of-this-relying-party-1';
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let product: Product;
let an: NewPerson;
let port: number;
beforeAll(async () => {
  port = await freePort();
  const here = [`http://localhost:${port}/cb`];
  const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256' };
  product = await startProduct({
    clients: [
      { id: 'app', secret, redirectUris: here, scopes: ['openid', 'profile', 'email', 'groups'], refresh: true },
      { id: 'strong', secret, redirectUris: here, level: 'substantial', accepts: ['authenticator-app'] },
      { id: 'far', secret, redirectUris: ['https://app.example/cb'], postLogoutRedirectUris: ['https://app.example/'] },
      { id: 'device', application: 'native', redirectUris: ['http://127.0.0.1/cb'], idTokenClaims: ['email'] },
      { id: 'batch', secret, clientCredentials: true, deviceGrant: true },
      { id: 'api', secret },
      { id: 'bank', profile: 'fapi2', jwks: { keys: [jwk] }, redirectUris: here },
    ],
    apis: [
      {
        resource: 'https://api.example/',
        scopes: ['read', 'write'],
        clients: { app: ['read'], batch: ['read', 'write'] },
        introspectedBy: ['batch', 'api'],
      },
    ],
  });
  an = await product.addPerson({ keys: ['email-otp'], groups: ['staff'] });
  const privateJwk = { ...keys.privateKey.export({ format: 'jwk' }), kid: 'one' };
  await writeFile(join(dirname(product.file), 'key.json'), JSON.stringify(privateJwk));
});
afterAll(() => product.close());

interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** @param person follows the address that the command prints */
async function rekey(words: string, person: (address: string) => Promise<unknown> = async () => {}): Promise<Said> {
  let [out, err] = ['', ''];
  let going: Promise<unknown> | undefined;
  const heard = (text: string): void => {
    const address = /https?:\S+\/auth\?[^\s"]*/.exec(text)?.[0];
    if (address !== undefined && going === undefined) going = person(address);
  };
  const exit = await run(
    {
      words: ['--config', product.file, ...words.split(' ')],
      env: {},
      folder: dirname(product.file),
      user: 'ann',
      clock: systemClock,
      input: Readable.from(['']),
      output: (text) => (heard(text), void (out += text)),
      complain: (text) => (heard(text), void (err += text)),
    },
    composition,
  );
  await going;
  return { exit, out, err };
}

const signsIn = async (address: string): Promise<Page> => {
  const agent = new HttpAgent();
  return signInByMail(product, an, agent, await agent.get(address));
};

test('A-600 client show: the values to copy, where the secret stands, and never the secret', async () => {
  const said = await rekey('client show app');
  expect(said.exit).toBe(0);
  expect(said.out).not.toContain(secret);
  expect(said.out).toMatch(/client secret +stands at clients\[0\]\.secret, line \d+\n/);
  for (const value of [product.issuer, `http://localhost:${port}/cb`, 'client_secret_basic', '/session/end'])
    expect(said.out).toContain(value);
  const shown = JSON.parse((await rekey('client show app --json')).out) as Record<string, unknown>;
  expect(shown).toMatchObject({
    issuer: product.issuer,
    clientId: 'app',
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    userinfoClaims: expect.arrayContaining(['name', 'email', 'groups']),
    idTokenClaims: [],
  });
  const discovery = (await (await fetch(String(shown['discovery']))).json()) as Record<string, unknown>;
  const { endpoints } = shown as { endpoints: Record<string, string> };
  for (const [name, address] of Object.entries(endpoints))
    expect([discovery[`${name}_endpoint`], discovery[`${name}_uri`]]).toContain(address);
});

test('A-600 A-660 client show: where devices ask, for a client that has the grant', async () => {
  const [batch, app] = [await rekey('client show batch'), await rekey('client show app')];
  expect(batch.out).toMatch(/device authorization +\S+\/device\/auth\n/);
  expect(batch.out).toMatch(/codes are entered at +\S+\/device\n/);
  expect(app.out).not.toContain('/device');
});

test('A-600 client show: the APIs for which it gets tokens, and those whose tokens it looks at', async () => {
  const app = await rekey('client show app');
  expect(app.out).toMatch(/^resource +https:\/\/api\.example\/ \(read\)$/m);
  expect(app.out).not.toMatch(/introspects|client_credentials/);
  const batch = await rekey('client show batch');
  expect(batch.out).toMatch(/^resource .*\(read write\)$/m);
  expect(batch.out).toMatch(/^introspects tokens of +https:\/\/api\.example\/$/m);
  expect(batch.out).toMatch(/^client_credentials +yes$/m);
});

test('A-600 client show: nothing of a sign-in in a browser for a client that has none', async () => {
  const [api, tv, app] = [
    await rekey('client show api'),
    await rekey('client show batch'),
    await rekey('client show app'),
  ];
  const ofBrowser = /^(authorization|PKCE|log-out|pushed requests) /m;
  const ofPeople = /^(scopes|claims at userinfo|acr_values, low|userinfo) /m;
  expect(api.out).toMatch(/^people +nobody signs in at it$/m);
  expect([api, tv, app].map(({ out }) => [ofBrowser.test(out), ofPeople.test(out)])).toEqual([
    [false, false],
    [false, true],
    [true, true],
  ]);
});

test('A-600 client show: levels from the client’s own on, claims of the ID token, an unknown client', async () => {
  const strong = JSON.parse((await rekey('client show strong --json')).out) as { levels: { level: string }[] };
  // Its only key, the app, reaches no higher one: `acr_values` of `high` would be refused.
  expect(strong.levels.map(({ level }) => level)).toEqual(['substantial']);
  const device = JSON.parse((await rekey('client show device --json')).out) as Record<string, unknown>;
  expect(device).toMatchObject({ secretAt: null, authentication: 'none', idTokenClaims: ['email'] });
  const other = await rekey('client show nobody');
  expect([other.exit, other.err]).toEqual([1, expect.stringMatching(/no relying party .* nobody.*app, strong/i)]);
});

test.each([
  ['app', 'app', { tokenType: 'bearer', refreshToken: true }],
  ['a native application, on any port', 'device', { tokenType: 'bearer', refreshToken: false }],
  ['FAPI 2.0, with its own key', 'bank --private-key key.json', { tokenType: 'dpop' }],
])('A-601 client test signs in as %s and tells what came', async (_what, words, told) => {
  const said = await rekey(`client test ${words} --json`, signsIn);
  expect({ ...said, out: said.exit === 0 ? '' : said.out }).toEqual({ exit: 0, out: '', err: '' });
  const [, ...rest] = said.out.split('\n');
  expect(JSON.parse(rest.join('\n'))).toMatchObject({
    ...told,
    acr: 'urn:rekey:acr:low',
    idToken: { iss: product.issuer },
    userinfo: { name: 'An Peeters', email: an.email },
  });
  expect(said.out).not.toContain(secret);
});

test('A-601 client test in words', async () => {
  const said = await rekey('client test app --scope openid', signsIn);
  expect(said.out).toMatch(/sign-in as app has worked: level urn:rekey:acr:low, by .*otp/);
  expect(said.out).toContain('Granted: openid.');
});

test('A-601 what the provider refuses is told with its cause', async () => {
  const walk = (address: string) => new HttpAgent().get(address);
  const silent = await rekey('client test app --prompt none', walk);
  expect([silent.exit, silent.err]).toEqual([1, expect.stringContaining('login_required')]);
  const high = await rekey('client test strong --acr urn:rekey:acr:high', walk);
  expect([high.exit, high.err]).toEqual([1, expect.stringContaining('unmet_authentication_requirements')]);
});

test('A-601 what cannot be tried is said before anything: no address here, a port that is taken, no key', async () => {
  expect((await rekey('client test far')).err).toContain('`redirectUris`');
  expect((await rekey('client test bank')).err).toContain('--private-key');
  const taken = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const said = await rekey('client test app --json');
  expect(JSON.parse(said.out)).toMatchObject({ refused: [{ code: 'client_address' }] });
  await new Promise((resolve) => taken.close(resolve));
});
