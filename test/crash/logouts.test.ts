// A process is killed while a relying party has not yet accepted a log-out.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { begin, cardCode, giveCode, gotCode, stepOf, toProof } from '../attacks/visitor.ts';
import { addPerson } from '../harness/product.ts';
import { relyingParty } from '../harness/relying-party.ts';
import { serverToKill, type ServerToKill } from './server-to-kill.ts';
import { client } from './people-on-the-move.ts';

let receiver: Server;
let server: ServerToKill;
let isBusy = true;
/** `jti` of each log-out, and how it was answered. */
const came: { readonly jti: string; readonly status: number }[] = [];
beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const payload = (new URLSearchParams(body).get('logout_token') ?? '').split('.')[1] ?? '';
      const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly jti: string };
      came.push({ jti, status: isBusy ? 500 : 200 });
      response.writeHead(isBusy ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  const host = `localhost:${(receiver.address() as AddressInfo).port}`;
  const { id, secret, redirectUri } = client;
  server = await serverToKill(
    { reuse: 'reusable' },
    {
      clients: [
        { id, secret, redirectUris: [redirectUri], name: 'Shop', backchannelLogoutUri: `http://${host}/logout` },
      ],
      internalHosts: [host],
    },
  );
  await server.start();
}, 60_000);
afterAll(async () => {
  await server?.close();
  receiver.close();
}, 60_000);

const isTold = async (): Promise<boolean> => {
  const lines = await server.services.audit.list({ limit: 1_000, after: 0 });
  return lines.some(({ event }) => event.action === 'logout.told' && event.client === client.id);
};

test('A-253 a log-out that was not accepted before `kill -9` is sent by the next start, with a new token', async () => {
  const an = await addPerson(server.services, { keys: ['token-card'] });
  const visit = await begin(await relyingParty(server.issuer, client));
  const asked = await toProof(visit, an, 'token-card');
  expect(gotCode(await giveCode(visit, cardCode(an, asked)))).toBe(true);
  const out = await visit.agent.submit(await visit.agent.get(`${server.issuer}/session/end`), { logout: 'yes' });
  expect([stepOf(out), came.map(({ status }) => status)]).toEqual(['signed-out', [500]]);

  await server.kill();
  isBusy = false;
  await server.start();
  const deadline = performance.now() + 90_000;
  // There is another leader after 14 s, and the lease of a dead process ends after 20 s.
  while (!(await isTold())) {
    if (performance.now() > deadline) throw new Error('It was never told.');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  expect(came.map(({ status }) => status)).toEqual([500, 200]);
  expect(new Set(came.map(({ jti }) => jti)).size).toBe(2);
}, 120_000);
