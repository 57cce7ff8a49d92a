import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../../../test/harness/free-port.ts';
import { createHttpRiskCheck } from './http-risk-check.ts';

const key = 'a-key-that-both-sides-know-and-nobody-else';
const question = { number: '+32470123456', country: 'BE', person: 'p-jan', purpose: 'sms code' };
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/risk`;
}
function check(url: string, onFailure: 'allow' | 'deny' = 'deny') {
  const failures: string[] = [];
  const ask = createHttpRiskCheck(
    { url, key, deadline: 400, onFailure },
    { now: () => 1_706_617_800_123, failed: (cause) => void failures.push(cause) },
  );
  return { ask, failures };
}
const say =
  (text: string, status = 200): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(text);
  };

test.each(['allow', 'deny'] as const)('A-027: the answer %s counts', async (decision) => {
  const { ask, failures } = check(await serve(say(JSON.stringify({ decision, why: 'anything' }))));
  expect(await ask(question)).toBe(decision);
  expect(failures).toEqual([]);
});

test('the request is JSON, signed with the key over time and body', async () => {
  const seen: { body: string; headers: IncomingHttpHeaders; method: string | undefined }[] = [];
  const url = await serve((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      seen.push({ body: Buffer.concat(parts).toString(), headers: request.headers, method: request.method });
      response.end('{"decision":"allow"}');
    });
  });
  await check(url).ask(question);
  const [{ body, headers, method } = { body: '', headers: {}, method: '' }] = seen;
  expect(method).toBe('POST');
  expect(JSON.parse(body)).toEqual(question);
  expect(headers['content-type']).toBe('application/json');
  const expected = createHmac('sha256', key).update(`1706617800.${body}`).digest('hex');
  expect(headers['rekey-signature']).toBe(`t=1706617800,v1=${expected}`);
});

describe.each(['deny', 'allow'] as const)('what is no answer counts as %s, as configured', (onFailure) => {
  test.each<readonly [string, RequestListener, string]>([
    ['an error', say('{"decision":"allow"}', 500), 'status 500'],
    ['another success', say('{"decision":"allow"}', 201), 'status 201'],
    ['no JSON', say('allow'), 'no decision'],
    ['another word', say('{"decision":"ALLOW"}'), 'no decision'],
    ['a list', say('["allow"]'), 'no decision'],
    ['nothing', say(''), 'no decision'],
    ['a null', say('null'), 'no decision'],
    ['too much', say(`{"decision":"allow","x":"${'x'.repeat(5_000)}"}`), 'RangeError'],
    ['silence', () => undefined, 'TimeoutError'],
    [
      'an answer that never ends',
      (_request, response) => {
        response.writeHead(200).write('{');
      },
      'TimeoutError',
    ],
    ['a broken connection', (request) => void request.socket.destroy(), 'TypeError'],
    [
      'a redirect',
      (_request, response) => void response.writeHead(307, { Location: 'http://127.0.0.1:1/' }).end(),
      'status 307',
    ],
  ])('%s', async (_name, listener, cause) => {
    const { ask, failures } = check(await serve(listener), onFailure);
    expect(await ask(question)).toBe(onFailure);
    expect(failures).toEqual([cause]);
  });

  test('no server', async () => {
    const { ask, failures } = check(`http://127.0.0.1:${await freePort()}/`, onFailure);
    expect(await ask(question)).toBe(onFailure);
    expect(failures).toEqual(['TypeError']);
  });
});
