/** Requests as bytes, with no URL parser and no browser between. */
import { request } from 'node:http';
import { connect } from 'node:net';

/** Bytes as they are; what came back until the other side closed. */
export function overSocket(issuer: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(issuer).port), '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('close', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? resolve(answer) : reject(error),
    );
  });
}

export interface Raw {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}
/** An answer that never came, since the body was refused half-way, is a 413. */
export function raw(
  issuer: string,
  { method = 'GET', target, headers = {}, body = '' }: Raw,
): Promise<{ status: number; headers: Readonly<Record<string, unknown>>; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: new URL(issuer).port,
        method,
        path: target,
        headers: {
          host: new URL(issuer).host,
          accept: 'text/html',
          'content-length': String(Buffer.byteLength(body)),
          ...headers,
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
        // What is refused half-way is cut off behind the answer, sometimes before its last bytes.
        answer.on('error', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
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
