import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFetch, isInside } from './guarded-fetch.ts';

let server: Server;
let origin: string;
let asked = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    if (request.url === '/long') response.end('x'.repeat(70_000));
    else if (request.url === '/longer') response.end('x'.repeat(5 * 1024 * 1024));
    else if (request.url === '/away') response.writeHead(302, { location: '/' }).end();
    else if (request.url !== '/hangs') response.setHeader('x-method', request.method ?? '').end('{"keys":[]}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  'fd00::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001:db8::1',
  'no address',
])('%s is inside', (address) => {
  expect(isInside(address)).toBe(true);
});

test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '193.190.1.1', '2a02:2788::1', '2606:4700::1111'])(
  '%s is an external address',
  (address) => {
    expect(isInside(address)).toBe(false);
  },
);

test.each(['localhost', '127.0.0.1', '[::1]', '0x7f.1', '2130706433'])('%s is not called', async (host) => {
  const before = asked;
  await expect(createFetch()(origin.replace('localhost', host))).rejects.toThrow('not allowed');
  expect(asked).toBe(before);
});

test('permits an internal host by name, or by name and port', async () => {
  const { host, hostname } = new URL(origin);
  for (const allowed of [host, hostname]) {
    const answer = await createFetch([allowed])(origin, { method: 'POST', body: new URLSearchParams({ a: '1' }) });
    expect([answer.status, answer.headers.get('x-method'), await answer.json()]).toEqual([200, 'POST', { keys: [] }]);
  }
  await expect(createFetch(['localhost:1', '127.0.0.1'])(origin)).rejects.toThrow('not allowed');
});

test('does not follow redirects, cuts long answers, and stops on a signal', async () => {
  const fetch = createFetch(['localhost']);
  expect((await fetch(`${origin}/away`)).status).toBe(302);
  await expect(fetch(`${origin}/long`)).rejects.toThrow('too long');
  await expect(fetch(`${origin}/hangs`, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/abort/i);
});

test('A-530 a caller may allow a longer answer, to a bound that stands here', async () => {
  const fetch = createFetch(['localhost']);
  const answer = await fetch(`${origin}/long`, { mostBytes: 70_000 });
  expect((await answer.bytes()).length).toBe(70_000);
  await expect(fetch(`${origin}/long`, { mostBytes: 69_999 })).rejects.toThrow('too long');
  await expect(fetch(`${origin}/longer`, { mostBytes: Number.MAX_SAFE_INTEGER })).rejects.toThrow('too long');
});
