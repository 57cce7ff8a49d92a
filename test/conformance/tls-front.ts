/**
 * TLS in front of a server on this machine. The driver puts one before the demo; `node tls-front.ts <port> <port
 * behind>` puts one before a suite without TLS.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

const fixtures = join(import.meta.dirname, '../fixtures');

/** For localhost and 127.0.0.1, signed by itself. */
export const certificate = join(fixtures, 'smtp-certificate.pem');

/** The ciphers of TLS 1.2 that FAPI 2.0 Security Profile §5.2.2 permits (RFC 9325), and those of TLS 1.3. */
export const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];

/** Passes everything on with the original `Host`; `X-Forwarded-*` has the origin. Resolves once it listens. */
export async function startFront(port: number, behind: number): Promise<Server> {
  const server = createServer(
    {
      key: readFileSync(join(fixtures, 'smtp-key.pem')),
      cert: readFileSync(certificate),
      minVersion: 'TLSv1.2',
      ciphers: ciphers.join(':'),
    },
    (incoming, answer) => {
      const tls = incoming.socket as TLSSocket;
      const headers = {
        ...incoming.headers,
        'x-forwarded-for': incoming.socket.remoteAddress ?? '',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': incoming.headers.host ?? '',
        'x-forwarded-port': String(port),
        // The suite reads its own address from these headers.
        'x-ssl-protocol': tls.getProtocol() ?? '',
        'x-ssl-cipher': tls.getCipher().name,
      };
      const { method, url: path } = incoming;
      const onward = request({ host: '127.0.0.1', port: behind, method, path, headers }, (back) => {
        answer.writeHead(back.statusCode ?? 502, back.rawHeaders);
        back.pipe(answer);
      });
      onward.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
      incoming.pipe(onward);
    },
  );
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

if (process.argv[1] === import.meta.filename) {
  const [port, behind] = process.argv.slice(2).map(Number);
  if (!port || !behind) throw new Error('node tls-front.ts <port> <port behind>');
  await startFront(port, behind);
  console.log(`https://127.0.0.1:${port} is before http://127.0.0.1:${behind}`);
}
