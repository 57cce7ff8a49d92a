/** The server as balancers meet it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { startProduct } from '../test/harness/product.ts';

test('an idle connection still takes the next request', async () => {
  const product = await startProduct({ factors: { 'authenticator-app': {} } });
  try {
    const { host, port } = new URL(product.issuer);
    const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
    const closed = once(socket, 'close').then(() => ['closed']);
    const ask = async (): Promise<unknown> => {
      socket.write(`GET /health/live HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const [answer] = await Promise.race([once(socket, 'data'), closed]);
      return answer;
    };
    expect(await ask()).toMatch(/^HTTP\/1\.1 200 /);
    // Node's default is five seconds, and one more of grace.
    await delay(7_500);
    expect(await ask()).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  } finally {
    await product.close();
  }
}, 30_000);
