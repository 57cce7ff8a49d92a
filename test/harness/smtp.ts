/** A real SMTP server on a free port, which behaves as a test wants and keeps what it was handed. */
import { readFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export const smtpCertificate = readFileSync(join(import.meta.dirname, '../fixtures/smtp-certificate.pem'), 'utf8');
const key = readFileSync(join(import.meta.dirname, '../fixtures/smtp-key.pem'), 'utf8');

export interface Delivered {
  /** As in the envelope. */
  readonly to: readonly string[];
  readonly from: string;
  readonly raw: string;
  readonly mail: Email;
  /** Whether it came over TLS. */
  readonly secure: boolean;
}

export interface SmtpHarness {
  readonly port: number;
  readonly delivered: readonly Delivered[];
  /** Connections accepted since the start. */
  connections(): number;
  close(): Promise<void>;
}

export interface SmtpBehaviour {
  readonly port?: number;
  readonly tls?: 'starttls' | 'at-once' | 'none';
  readonly user?: string;
  readonly password?: string;
  /** Reply code for this recipient, called with how often it was asked for; undefined: accepted. */
  readonly recipient?: (address: string, times: number) => number | undefined;
  /** Reply code after the text; undefined: accepted. `never`: no reply at all. */
  readonly afterText?: (times: number) => number | 'never' | undefined;
}

const failure = (code: number) => Object.assign(new Error('as the test wants it'), { responseCode: code });

export async function startSmtp(behaviour: SmtpBehaviour = {}): Promise<SmtpHarness> {
  const delivered: Delivered[] = [];
  const asked = new Map<string, number>();
  let connections = 0;
  let texts = 0;
  const options: SMTPServerOptions = {
    key,
    cert: smtpCertificate,
    secure: behaviour.tls === 'at-once',
    authOptional: behaviour.user === undefined,
    disabledCommands: behaviour.tls === 'none' ? ['STARTTLS'] : [],
    closeTimeout: 100,
    logger: false,
    onConnect(_, done) {
      connections += 1;
      done();
    },
    onAuth(auth, _, done) {
      const right = auth.username === behaviour.user && auth.password === behaviour.password;
      if (right) done(null, { user: auth.username ?? '' });
      else done(failure(535));
    },
    onRcptTo(address, _, done) {
      const times = (asked.get(address.address) ?? 0) + 1;
      asked.set(address.address, times);
      const code = behaviour.recipient?.(address.address, times);
      done(code === undefined ? null : failure(code));
    },
    onData(stream, session, done) {
      void (async () => {
        const parts: Buffer[] = [];
        for await (const part of stream) parts.push(part as Buffer);
        texts += 1;
        const raw = Buffer.concat(parts);
        const code = behaviour.afterText?.(texts);
        if (typeof code === 'number') return done(failure(code));
        delivered.push({
          to: session.envelope.rcptTo.map((recipient) => recipient.address),
          from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
          raw: raw.toString('latin1'),
          mail: await PostalMime.parse(raw),
          secure: session.secure,
        });
        if (code !== 'never') done();
      })();
    },
  };
  const server = new SMTPServer(options);
  // A client that breaks the handshake off is what some tests are about.
  server.on('error', () => {});
  await new Promise<void>((resolve) => {
    server.listen(behaviour.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    delivered,
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Accepts connections and says nothing, or one byte at a time. */
export async function startTarPit(drip?: string): Promise<{ readonly port: number; close(): Promise<void> }> {
  const open = new Set<{ destroy(): void }>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    let at = 0;
    const timer = setInterval(() => {
      if (drip !== undefined && socket.writable) socket.write(drip.charAt(at++ % drip.length));
    }, 50);
    socket.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
