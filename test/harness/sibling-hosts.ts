/**
 * The product on https behind a TLS front, and a host of somebody else under the same registrable domain: what a
 * browser sees where `id.example.test` and `shop.example.test` belong to different people. Names lead to the loopback
 * by the browser's own flags.
 */
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { freePort } from './free-port.ts';
import { startProduct, type Overrides, type Product } from './product.ts';
import { smtpCertificate as cert } from './smtp.ts';

const key = readFileSync(join(import.meta.dirname, '../fixtures/smtp-key.pem'), 'utf8');

export interface SiblingHosts {
  readonly product: Product;
  /** `https://id.example.test:<port>` */
  readonly issuer: string;
  /** `https://shop.example.test:<port>/plant?c=<cookie>&c=…`: sets these cookies, word by word. */
  readonly plant: (cookies: readonly string[]) => string;
  /** An authorization request of the relying party, whose answer any browser may show. */
  readonly ask: (parameters?: Readonly<Record<string, string>>) => string;
  /** A browser with a profile of its own. */
  browser(): Promise<Browser>;
  close(): Promise<void>;
}

export async function startSiblingHosts(overrides: Overrides = {}): Promise<SiblingHosts> {
  const inner = await freePort();
  const front = createServer({ key, cert });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo;
  const [issuer, shop, rp] = ['id', 'shop', 'rp'].map((name) => `https://${name}.example.test:${port}`) as [
    string,
    string,
    string,
  ];
  const product = await startProduct(
    {
      issuer,
      listen: { host: '127.0.0.1', port: inner, proxy: true },
      // Named only: mails of tests are kept in memory.
      mail: { smtp: { host: '127.0.0.1', from: { name: 'Test', address: 'test@example.org' } } },
      clients: [
        {
          id: 'rp',
          name: 'Tax office',
          secret: 'a-secret-of-the-relying-party-1',
          redirectUris: [`${rp}/callback`],
          pkce: 'optional',
        },
      ],
      ...overrides,
    },
    { port: inner },
  ).catch(async (error: unknown) => {
    await stop(front);
    throw error;
  });
  front.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const url = new URL(incoming.url ?? '/', `https://${incoming.headers.host}`);
    if (url.hostname === 'id.example.test') return forward(incoming, outgoing, inner);
    if (url.hostname === 'shop.example.test') outgoing.setHeader('set-cookie', url.searchParams.getAll('c'));
    outgoing.setHeader('content-type', 'text/plain');
    outgoing.end(url.hostname);
    return undefined;
  });
  const browsers: Browser[] = [];
  return {
    product,
    issuer,
    plant: (cookies) =>
      `${shop}/plant?${new URLSearchParams(cookies.map((cookie): [string, string] => ['c', cookie])).toString()}`,
    ask: (parameters = {}) => {
      const query = { client_id: 'rp', redirect_uri: `${rp}/callback`, response_type: 'code', scope: 'openid' };
      return `${issuer}/auth?${new URLSearchParams({ ...query, state: 'a-state', ...parameters }).toString()}`;
    },
    async browser() {
      const flags = ['--host-resolver-rules=MAP *.example.test 127.0.0.1', '--ignore-certificate-errors'];
      const browser = await launchBrowser(flags);
      browsers.push(browser);
      return browser;
    },
    async close() {
      await Promise.all(browsers.map((browser) => browser.close()));
      await stop(front);
      await product.close();
    },
  };
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, port: number): void {
  const headers = { ...incoming.headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' };
  const { method, url: path } = incoming;
  const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
