import { request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  appCode,
  begin,
  cardCode,
  cookiesOf,
  countComparisons,
  giveCode,
  givePassword,
  going,
  gotCode,
  look,
  mailedCode,
  personNow,
  reasonOf,
  send,
  signIn,
  staying,
  stepOf,
  toProof,
  uidOf,
  type Visit,
} from './visitor.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 } };

let product: Product;
let rp: RelyingParty;
let migrating: Product;
let migratingRp: RelyingParty;
let port: number;
/** A request that is never completed, begun before everything else: what becomes of it is looked at in the end. */
let slow: { readonly ended: Promise<string>; readonly begun: number };
beforeAll(async () => {
  product = await startProduct({ ...staying, ...rules }, { at: Date.now() });
  rp = await relyingParty(product.issuer, product.client);
  migrating = await startProduct({ ...going(), ...rules });
  migratingRp = await relyingParty(migrating.issuer, migrating.client);
  port = Number(new URL(product.issuer).port);
  const { host } = new URL(product.issuer);
  slow = {
    begun: performance.now(),
    ended: overSocket(
      `POST /interaction/x/password HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nuser`,
    ),
  };
});
afterAll(async () => {
  await product.close();
  await migrating.close();
});

/** Bytes as they are; what came back until the other side closed. */
function overSocket(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('close', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? resolve(answer) : reject(error),
    );
  });
}

interface Raw {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}
/** No URL parser and no browser between. */
function raw({
  method = 'GET',
  target,
  headers = {},
  body = '',
}: Raw): Promise<{ status: number; headers: Readonly<Record<string, unknown>>; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: target,
        headers: {
          host: new URL(product.issuer).host,
          accept: 'text/html',
          'content-length': String(Buffer.byteLength(body)),
          ...headers,
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
        answer.on('error', reject);
      },
    );
    // A body that is refused half-way may reset the connection after the answer.
    asked.on('error', (error: NodeJS.ErrnoException) =>
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')
        ? resolve({ status: 413, headers: {}, body: '' })
        : reject(error),
    );
    asked.end(body);
  });
}

async function toAddress(person: NewPerson): Promise<Visit> {
  const visit = await begin(migratingRp);
  await send(visit, 'choose-key', { key: 'token-card' });
  await send(visit, 'phase-out', { action: 'migrate' });
  await giveCode(visit, cardCode(person, await givePassword(visit, person)));
  await send(visit, 'confirm-email', { action: 'change' });
  return visit;
}

describe('B12-01: the host of a request goes nowhere', () => {
  test.each(['evil.example', 'a@evil.example', 'localhost', 'localhost:1', ''])(
    'Host: %j while a mail is asked for: refused, nothing sent',
    async (host) => {
      const an = await product.addPerson({ keys: ['email-otp'] });
      const visit = await begin(rp);
      await send(visit, 'choose-key', { key: 'email-otp' });
      const before = product.mails.length;
      const answer = await raw({
        method: 'POST',
        target: `/interaction/${uidOf(visit)}/password`,
        headers: { host, cookie: cookiesOf(visit), 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ username: an.username, password: an.password }).toString(),
      });
      expect(answer.status).toBe(400);
      expect(answer.body).not.toContain('evil');
      await product.app.flush();
      expect(product.mails.length).toBe(before);
    },
  );

  test('forwarding headers while a mail is asked for: page and mail know nothing of them', async () => {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-server': 'evil.example',
      'x-forwarded-prefix': '//evil.example',
      'x-original-url': '//evil.example/',
      'x-rewrite-url': '//evil.example/',
      'x-host': 'evil.example',
      forwarded: 'host=evil.example;proto=https;for=evil.example',
      referer: 'https://evil.example/',
    };
    const visit = await begin(rp, { headers });
    expect(visit.base.startsWith(product.issuer)).toBe(true);
    const before = product.mails.length;
    const page = await toProof(visit, an, 'email-otp', { headers });
    const code = await mailedCode(product, an.email, before);
    for (const mail of product.mails.slice(before)) expect(JSON.stringify(mail)).not.toMatch(/evil|https?:/);
    expect(page.body).not.toContain('evil');
    const end = await giveCode(visit, code, { headers });
    expect(end.left?.searchParams.get('iss')).toBe(product.issuer);
    expect(end.trail.join()).not.toContain('evil');
    const discovery = await raw({ target: '/.well-known/openid-configuration', headers });
    expect(discovery.body).not.toContain('evil');
  });
});

test('B12-02: an address that anybody may claim in a header is nobody’s address', async () => {
  const victim = await product.addPerson({ keys: ['authenticator-app'] });
  const compared = countComparisons(product);
  const visit = await begin(rp);
  await send(visit, 'choose-key', { key: 'authenticator-app' });
  for (let guess = 0; guess < 40; guess += 1) {
    const headers = {
      'x-forwarded-for': `10.0.0.${guess}`,
      forwarded: `for=10.0.0.${guess}`,
      'x-real-ip': `10.0.0.${guess}`,
    };
    await givePassword(visit, { username: victim.username, password: `guess ${guess}` }, { headers });
  }
  expect(compared.of(victim.person.password?.hash)).toBe(20);
  expect(product.logs.join('')).not.toMatch(/10\.0\.0\.\d/);
});

describe('B12-03: malformed and non-normal addresses', () => {
  const paths = (uid: string) => [
    '/%',
    '/%zz',
    '/%e0%a4%a',
    '/%ff%fe',
    '/%00',
    '/interaction/%',
    `/interaction/%E0%A4%A/password`,
    `/interaction/${uid}/%`,
    `/interaction/${uid}/%E0%A4%A`,
    `/interaction/${uid}/%00`,
    `/interaction/${uid}/..%2f..%2fauth`,
    `/interaction/${uid}/../../auth`,
    `/interaction/${uid}/%2e%2e/done`,
    `/interaction/${uid}//done`,
    `/interaction/${uid}/done/done`,
    `/interaction//${uid}`,
    `/interaction/${uid}%00/done`,
    `/interaction/${uid}\\done`,
    '/interaction/__proto__/done',
    '/interaction/constructor',
    '/interaction/../interaction/x',
    `/interaction/${'a'.repeat(7000)}`,
    `/interaction/${uid}/${'a'.repeat(7000)}`,
    '/auth/%',
    '/auth/__proto__',
    `/auth/${uid}%2f`,
    '/auth?%',
    '/auth?client_id=%ff',
    '/auth?client_id=rp&client_id=rp',
    '/auth?client_id[]=rp',
    '/auth?__proto__[x]=1',
    '/session/end?%E0%A4%A',
    '/assets/../main.ts',
    '/assets/%2e%2e/main.ts',
    '/rekey.css/../../main.ts',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/.env',
    '/root.key',
    '/state/root.key',
    '//',
    '/;/',
    '/?',
    '/*',
  ];

  test('are not found or refused, and never a fault or a way through', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    await toProof(visit, an, 'authenticator-app');
    const faults = () => product.logs.filter((line) => (JSON.parse(line) as { level: number }).level >= 50);
    const before = faults().length;
    for (const target of paths(uidOf(visit))) {
      for (const method of ['GET', 'POST']) {
        const answer = await raw({
          method,
          target,
          headers: { cookie: cookiesOf(visit), 'content-type': 'application/x-www-form-urlencoded' },
          body: method === 'POST' ? 'action=continue&code=000000' : '',
        });
        expect([method, target, answer.status]).toEqual([method, target, expect.any(Number)]);
        expect([method, target, answer.status < 500]).toEqual([method, target, true]);
        expect([
          method,
          target,
          answer.status === 200 && !answer.body.includes('data-step') && !target.startsWith('/session/end'),
        ]).toEqual([method, target, false]);
        expect([method, target, /rp\.example/.test(String(answer.headers['location']))]).toEqual([
          method,
          target,
          false,
        ]);
        expect([method, target, /root:|"dependencies"|import /.test(answer.body)]).toEqual([method, target, false]);
      }
    }
    expect(faults().slice(before)).toEqual([]);
  });

  test('no method but the right ones does anything, on any route', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    await toProof(visit, an, 'authenticator-app');
    const code = appCode(an.totp, product.clock.now());
    const uid = uidOf(visit);
    const routes = [
      `/interaction/${uid}`,
      ...[
        'choose-key',
        'phase-out',
        'password',
        'prove-key',
        'confirm-email',
        'select-key',
        'activate-key',
        'done',
        'refused',
      ].map((step) => `/interaction/${uid}/${step}`),
      '/auth',
      `/auth/${uid}`,
      '/token',
      '/userinfo',
      '/jwks',
      '/par',
      '/session/end',
      '/session/end/confirm',
      '/token/introspection',
      '/token/revocation',
      '/.well-known/openid-configuration',
      '/health',
      '/rekey.css',
      '/',
    ];
    for (const target of routes) {
      for (const method of ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'LOCK', 'QUERY']) {
        const answer = await raw({
          method,
          target,
          headers: {
            cookie: cookiesOf(visit),
            'content-type': 'application/x-www-form-urlencoded',
            'x-http-method-override': 'POST',
            'x-method-override': 'POST',
          },
          body: method === 'HEAD' || method === 'TRACE' ? '' : `action=continue&code=${code}&_method=POST`,
        });
        expect([method, target, answer.status < 500]).toEqual([method, target, true]);
        expect([method, target, /rp\.example/.test(String(answer.headers['location']))]).toEqual([
          method,
          target,
          false,
        ]);
        // TRACE must not play cookies back.
        if (method === 'TRACE') expect([target, answer.body.includes('rekey-interaction=')]).toEqual([target, false]);
      }
    }
    // It counted for nothing: the code is still good.
    const fresh = await begin(rp);
    await toProof(fresh, an, 'authenticator-app');
    expect((await personNow(product, an)).keys[0]?.attempts.count).toBe(0);
    expect(gotCode(await giveCode(fresh, code))).toBe(true);
  });
});

describe('B12-04 and B12-07: one address, and no second recipient', () => {
  const sentTo = async (before: number) => {
    await migrating.app.flush();
    return [...new Set(migrating.mails.slice(before).map(({ to }) => to))];
  };

  test.each<[string, string | readonly (readonly [string, string])[]]>([
    [
      'twice',
      [
        ['action', 'continue'],
        ['email', 'a@example.org'],
        ['email', 'b@example.org'],
      ],
    ],
    [
      'a list',
      [
        ['action', 'continue'],
        ['email[]', 'a@example.org'],
        ['email[]', 'b@example.org'],
      ],
    ],
    [
      'indexed',
      [
        ['action', 'continue'],
        ['email[0]', 'a@example.org'],
        ['email[1]', 'b@example.org'],
      ],
    ],
    [
      'an object',
      [
        ['action', 'continue'],
        ['email[to]', 'a@example.org'],
      ],
    ],
    ['encoded brackets', 'action=continue&email%5B%5D=a%40example.org&email%5B%5D=b%40example.org'],
  ])('%s: no form', async (_title, body) => {
    const visit = await toAddress(await migrating.addPerson());
    const before = migrating.mails.length;
    expect((await send(visit, 'confirm-email', body)).status).toBe(400);
    expect(await sentTo(before)).toEqual([]);
  });

  test.each([
    'a@example.org,b@example.org',
    'a@example.org;b@example.org',
    'a@example.org b@example.org',
    'a@example.org\nb@example.org',
    'a@example.org\r\nBcc: b@example.org',
    'a@example.org\r\nRCPT TO:<b@example.org>',
    'a@example.org%0d%0aBcc:b@example.org',
    'a@example.org\0b@example.org',
    '"a@example.org" <b@example.org>',
    'Name <a@example.org>',
    '<a@example.org>',
    'a(b@example.org)@example.org',
    '"b@example.org,"@example.org',
    'a@example.org>,<b@example.org',
    'a%b.example@example.org',
    'b.example!a@example.org',
    '@b.example:a@example.org',
    'a@[127.0.0.1]',
    'a@127.0.0.1',
    'a@localhost',
    'a@@example.org',
    'a@example.org@evil.example',
    'a@example。org,b@example.org',
    'a＠example.org',
    '=?utf-8?q?a?=@example.org\r\n',
    'a@exam ple.org',
    `a@${'x'.repeat(64)}.org`,
    `${'a'.repeat(65)}@example.org`,
    `a@${'x.'.repeat(300)}org`,
    '-oQ/tmp/x@example.org',
    '|sh@example.org',
    '`id`@example.org',
    '',
    '@',
    'a',
  ])('%j is no address', async (email) => {
    const an = await migrating.addPerson();
    const visit = await toAddress(an);
    const before = migrating.mails.length;
    const page = await send(visit, 'confirm-email', { action: 'continue', email });
    expect([stepOf(page) ?? page.status, page.left]).toEqual(['confirm-email', undefined]);
    expect(reasonOf(page)).toBe('address_invalid');
    expect(await sentTo(before)).toEqual([]);
  });

  test('an international domain is written one way, and a look-alike is another address', async () => {
    const an = await migrating.addPerson();
    const visit = await toAddress(an);
    const before = migrating.mails.length;
    await send(visit, 'confirm-email', { action: 'continue', email: ' An@BÜCHER.example ' });
    expect(await sentTo(before)).toEqual(['An@xn--bcher-kva.example']);
    const code = await mailedCode(migrating, 'An@xn--bcher-kva.example', before);
    await send(visit, 'confirm-email', { action: 'continue', code });
    expect((await personNow(migrating, an)).email?.address).toBe('An@xn--bcher-kva.example');
  });
});

describe('B12-05: long names and passwords are compared whole', () => {
  test.each([51, 52, 53, 200, 320])('a name of %i characters, with its longer and shorter likes', async (length) => {
    const username = `u${length}`.padEnd(length, 'x');
    const an = await product.addPerson({ username, email: 'long@example.org', keys: ['authenticator-app'] });
    const compared = countComparisons(product);
    for (const [name, password, reached] of [
      [username, 'not the password', 'password'],
      [`${username}x`, an.password, 'password'],
      [username.slice(0, -1), an.password, 'password'],
      [username, '', 'password'],
      [username, an.password, 'prove-key'],
    ] as const) {
      const visit = await begin(rp);
      expect([
        name.length,
        password,
        stepOf(await toProof(visit, { username: name, password }, 'authenticator-app')),
      ]).toEqual([name.length, password, reached]);
    }
    expect(compared.of(an.person.password?.hash)).toBe(2);
  });

  test('one of 2,000 characters is refused before anything is compared', async () => {
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    const page = await givePassword(visit, { username: 'x'.repeat(2000), password: 'p' });
    expect(page.status).toBe(400);
    const shorter = await givePassword(visit, { username: 'x'.repeat(321), password: 'p' });
    expect([stepOf(shorter), reasonOf(shorter)]).toEqual(['password', 'input_invalid']);
  });

  test('A-002: passwords that share their first 72 bytes, 255 characters, or what is before a NUL', async () => {
    const secret = 'é'.repeat(36);
    for (const [password, likes] of [
      [`${secret}right`, [`${secret}wrong`, secret, `${secret}right2`]],
      ['p'.repeat(256), ['p'.repeat(255), 'p'.repeat(257), 'p'.repeat(512)]],
      ['before\0after', ['before', 'before\0', 'before\0other', 'beforeafter']],
    ] as const) {
      const an = await product.addPerson({ password, keys: ['authenticator-app'] });
      for (const like of likes) {
        const visit = await begin(rp);
        expect(stepOf(await toProof(visit, { ...an, password: like }, 'authenticator-app'))).toBe('password');
      }
      const visit = await begin(rp);
      expect(stepOf(await toProof(visit, an, 'authenticator-app'))).toBe('prove-key');
    }
  });
});

describe('B12-06: bodies that are no form of ours', () => {
  const urlencoded = 'application/x-www-form-urlencoded';
  let visit: Visit;
  beforeAll(async () => {
    visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'authenticator-app' });
  });
  const post = (
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
    target = `/interaction/${uidOf(visit)}/password`,
  ) =>
    raw({
      method: 'POST',
      target,
      body,
      headers: { cookie: cookiesOf(visit), 'content-type': urlencoded, ...headers },
    });

  const bodies: readonly (readonly [string, string | Buffer, Readonly<Record<string, string>>, number])[] = [
    ['10 MB', `username=${'x'.repeat(10_000_000)}`, {}, 413],
    ['10 MB of another type', Buffer.alloc(10_000_000, '{'), { 'content-type': 'application/json' }, 303],
    ['17 kB', `username=x&password=${'x'.repeat(17_000)}`, {}, 413],
    ['1,000 fields', Array.from({ length: 1000 }, (_, index) => `f${index}=1`).join('&'), {}, 400],
    ['20,000 fields', Array.from({ length: 20_000 }, (_, index) => `f${index}=1`).join('&'), {}, 413],
    ['17 fields', Array.from({ length: 17 }, (_, index) => `f${index}=1`).join('&'), {}, 400],
    ['nested 100 deep', `username${'[a]'.repeat(100)}=1`, {}, 400],
    ['a field of 1,025 characters', `username=a&password=${'x'.repeat(1025)}`, {}, 400],
    ['compressed 10 MB', gzipSync(`username=${'x'.repeat(10_000_000)}`), { 'content-encoding': 'gzip' }, 415],
    ['compression that is none', 'username=a', { 'content-encoding': 'gzip' }, 415],
    ['an unknown compression', 'username=a', { 'content-encoding': 'x-evil' }, 415],
  ];
  test.each(bodies)('%s', async (_title, body, headers, status) => {
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    expect(stepOf(await look(visit))).toBe('password');
  });

  test.each([
    ['empty', ''],
    ['empty fields', 'username=&password='],
    ['white space', 'username=%20%09%0a&password=x'],
    ['__proto__', '__proto__=x&__proto__[username]=admin&constructor=x&toString=x&hasOwnProperty=x'],
    ['prototype', 'constructor[prototype][username]=x'],
    ['NUL', 'username=a%00b&password=c%00d'],
    ['line ends', 'username=a%0d%0aSet-Cookie:%20x=1&password=b'],
    ['right to left', 'username=%E2%80%AEnimda&password=%E2%80%AE'],
    ['full-width', 'username=%EF%BD%81%EF%BD%84%EF%BD%8D%EF%BD%89%EF%BD%8E&password=x'],
    ['malformed percent signs', 'username=%zz&password=%'],
    ['invalid UTF-8', 'username=%ff%fe%c0%80&password=%ed%a0%80'],
    ['half a pair', 'username=%ED%A0%BD&password=x'],
    ['only separators', '&&&&=&=&;;'],
    ['semicolons', 'username=a;password=b'],
    ['combining marks', `username=a${'%CC%81'.repeat(300)}&password=x`],
  ])('%s: a page of ours with a reason, and no fault', async (_title, body) => {
    const faults = product.logs.filter((line) => (JSON.parse(line) as { level: number }).level >= 50).length;
    const answer = await post(body);
    expect([303, 400]).toContain(answer.status);
    expect(answer.headers['set-cookie'] ?? []).not.toContain('x=1');
    const page = await look(visit);
    expect(stepOf(page)).toBe('password');
    expect(product.logs.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toHaveLength(faults);
    expect(({} as Record<string, unknown>)['username']).toBeUndefined();
  });

  test('characters that rule terminals and logs stay in one line, or out of the log', async () => {
    const from = product.logs.length;
    await post('username=%1b%5b31mred%0a%7b%22level%22:60%7d&password=x');
    for (const line of product.logs.slice(from)) {
      for (const sign of ['\n', '\r', '\u001b']) expect(line.trimEnd()).not.toContain(sign);
      expect((JSON.parse(line) as { level: number }).level).toBeLessThan(60);
    }
  });

  test('two lengths, chunks and lengths, spaces in headers: no request hides in another', async () => {
    const { host } = new URL(product.issuer);
    const hidden = `GET /.well-known/openid-configuration HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    for (const head of [
      `Content-Length: 5\r\nContent-Length: 6`,
      `Content-Length: 5\r\nTransfer-Encoding: chunked`,
      `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity`,
      `Transfer-Encoding: xchunked`,
      `Content-Length : 5`,
      `Content-Length: +5`,
      `Content-Length: 5\r\n X: y`,
      `X: a\rTransfer-Encoding: chunked`,
    ]) {
      const answer = await Promise.race([
        overSocket(
          `POST /interaction/x/password HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${head}\r\n\r\n0\r\n\r\n${hidden}`,
        ),
        new Promise<string>((resolve) => setTimeout(resolve, 3_000, 'HTTP/1.1 (none)')),
      ]);
      expect([head, answer.match(/HTTP\/1\.1 /g)?.length ?? 0]).toEqual([head, 1]);
      expect([head, answer.includes('authorization_endpoint')]).toEqual([head, false]);
    }
  });

  test('many passwords at once: those that find no room are told to come again, not that something broke', async () => {
    const pages: Page[] = await Promise.all(
      Array.from({ length: 700 }, (_, index) =>
        givePassword(visit, { username: `flood-${index}`, password: 'x' }, { follow: 'no' }),
      ),
    );
    const statuses = new Set(pages.map(({ status }) => status));
    expect([...statuses].filter((status) => ![303, 503].includes(status))).toEqual([]);
    for (const { status, headers } of pages) if (status === 503) expect(headers['retry-after']).toMatch(/^\d+$/);
    expect((await new HttpAgent().get(`${product.issuer}/.well-known/openid-configuration`)).status).toBe(200);
  }, 60_000);

  test('hundreds of slow requests hold up nobody, and none is waited for without end', async () => {
    const { host } = new URL(product.issuer);
    const sockets = await Promise.all(
      Array.from(
        { length: 300 },
        () =>
          new Promise<ReturnType<typeof connect>>((resolve) => {
            const socket = connect(port, '127.0.0.1', () => {
              socket.write(
                `POST /interaction/${uidOf(visit)}/password HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${urlencoded}\r\nContent-Length: 100\r\n\r\nu`,
              );
              resolve(socket);
            });
            socket.on('error', () => undefined);
          }),
      ),
    );
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    expect(gotCode(await signIn(product, await begin(rp), an, 'authenticator-app'))).toBe(true);
    for (const socket of sockets) socket.destroy();
    // Half a minute for the whole request, looked at every few seconds.
    const answer = await slow.ended;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - slow.begun).toBeGreaterThan(1_000);
  }, 90_000);
});
