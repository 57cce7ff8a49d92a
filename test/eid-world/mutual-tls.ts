/** TLS in which both sides show a certificate (RFC 8705): the certificates, and a server that demands ours. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createCa, issue, x509, type CertifiedKey, type Wish } from './national-pki.ts';

export interface MutualTls {
  /** PEM of the CA of the server, and of the one of its clients. */
  readonly serverCa: string;
  readonly clientCa: string;
  /** PEM, with its key. */
  readonly server: string;
  /** The certificate of the client that is registered there: PEM, with its key. */
  readonly client: string;
  /** SHA-256 of it, as TLS tells it. */
  readonly fingerprint: string;
  /** Of the same CA, but of nobody who is registered. */
  readonly neighbour: string;
  /** Of a CA that the server does not know. */
  readonly stranger: string;
}

const pemOf = ({ certificate, privateKey }: CertifiedKey): string =>
  `${certificate.toString('pem')}\n${String(privateKey.export({ type: 'pkcs8', format: 'pem' }))}`;

/** @param at the instant (ms) around which everything is valid */
export async function createMutualTls(at: number): Promise<MutualTls> {
  const caOf = (name: string) => createCa([{ CN: [name] }], at, undefined, { kind: 'P-256' });
  const [servers, clients, strangers] = [await caOf('Servers'), await caOf('Clients'), await caOf('Strangers')];
  const make = (ca: CertifiedKey, name: string, wish: Wish = {}) =>
    issue(ca, at, 'none', { kind: 'P-256', name, numbers: [], ...wish });
  const client = await make(clients, 'rekey');
  const names = new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]);
  const server = { extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'], extensions: [names] };
  return {
    serverCa: servers.certificate.toString('pem'),
    clientCa: clients.certificate.toString('pem'),
    server: pemOf(await make(servers, '127.0.0.1', server)),
    client: pemOf(client),
    fingerprint: Buffer.from(await client.certificate.getThumbprint('SHA-256')).toString('hex'),
    neighbour: pemOf(await make(clients, 'somebody else')),
    stranger: pemOf(await make(strangers, 'rekey')),
  };
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Gives its address. @param unknown what a client is told whose certificate is not the registered one */
export async function startMutualTls(
  { server: own, clientCa, fingerprint }: MutualTls,
  answer: (form: string) => Promise<Answer>,
  unknown: Answer,
): Promise<string> {
  const options = { cert: own, key: own, ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = createServer(options, (request, response) => {
    const shown = (request.socket as TLSSocket).getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
    const chunks: Buffer[] = [];
    const send = async (): Promise<void> => {
      const { status, body } = shown === fingerprint ? await answer(Buffer.concat(chunks).toString()) : unknown;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void send());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
