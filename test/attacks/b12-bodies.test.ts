// Bodies that are not our forms, and requests that never end.
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { overSocket, raw } from './raw-http.ts';
import {
  begin,
  cookiesOf,
  givePassword,
  gotCode,
  look,
  send,
  signIn,
  staying,
  stepOf,
  uidOf,
  type Visit,
} from './visitor.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 } };

let product: Product;
let rp: RelyingParty;
/** A request that is never completed. It starts first; the end of the test checks how the server ended it. */
let slow: { readonly ended: Promise<string>; readonly begun: number };
beforeAll(async () => {
  product = await startProduct({ ...staying, ...rules }, { at: Date.now() });
  rp = await relyingParty(product.issuer, product.client);
  const { host } = new URL(product.issuer);
  slow = {
    begun: performance.now(),
    ended: overSocket(
      product.issuer,
      `POST /interaction/x/password HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nuser`,
    ),
  };
});
afterAll(() => product.close());

describe('B12-06: bodies that are not our forms', () => {
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
    raw(product.issuer, {
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

  test('control characters stay within one log line, or out of the log', async () => {
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
          product.issuer,
          `POST /interaction/x/password HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${head}\r\n\r\n0\r\n\r\n${hidden}`,
        ),
        new Promise<string>((resolve) => setTimeout(resolve, 3_000, 'HTTP/1.1 (none)')),
      ]);
      expect([head, answer.match(/HTTP\/1\.1 /g)?.length ?? 0]).toEqual([head, 1]);
      expect([head, answer.includes('authorization_endpoint')]).toEqual([head, false]);
    }
  });

  test('many passwords at once: those that find the queue full get 503 with a retry, not a fault', async () => {
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

  test('hundreds of slow requests delay nobody, and each has a time limit', async () => {
    const { host } = new URL(product.issuer);
    const sockets = await Promise.all(
      Array.from(
        { length: 300 },
        () =>
          new Promise<ReturnType<typeof connect>>((resolve) => {
            const socket = connect(Number(new URL(product.issuer).port), '127.0.0.1', () => {
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
    // Half a minute for the whole request, checked every few seconds.
    const answer = await slow.ended;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - slow.begun).toBeGreaterThan(1_000);
  }, 90_000);
});
