/**
 * Twilio's Messages API as far as it goes over the wire: path, basic auth, form encoding, and answers as a test wants
 * them. It keeps what it has accepted; the caller may never learn of that. Its error codes are
 * general knowledge, not seen with an account.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { randomBytes } from 'node:crypto';

export interface AcceptedSms {
  readonly to: string;
  readonly from: string | undefined;
  readonly service: string | undefined;
  readonly text: string;
}

export type TwilioAnswer =
  | { readonly kind: 'accept' }
  /** An error as Twilio words it. */
  | { readonly kind: 'error'; readonly status: number; readonly code?: number; readonly retryAfter?: string }
  /** Made, and given up at once. */
  | { readonly kind: 'failed'; readonly code: number }
  /** Any answer at all: what a gateway says that is broken, or is none. */
  | { readonly kind: 'raw'; readonly status: number; readonly body: string; readonly type?: string }
  /** Accepted, and then the connection breaks before an answer. */
  | { readonly kind: 'break-after-accepting' }
  /** The connection breaks, and nothing was accepted. */
  | { readonly kind: 'break' }
  /** Never an answer. */
  | { readonly kind: 'silence' }
  /** Accepted, and an answer that never ends. */
  | { readonly kind: 'drip' }
  /** Accepted, and answered so many ms later. */
  | { readonly kind: 'slow'; readonly after: number };

export interface TwilioDouble {
  readonly baseUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** Everything that would have gone out to a telephone, oldest first. */
  readonly accepted: readonly AcceptedSms[];
  /** Requests for a message, whatever became of them. */
  requests(): number;
  /** How often it was asked what has become of a message. */
  askedLater(): number;
  /** What it says then of all messages: the code of a failure, or that they were delivered. */
  tellLater(failure: number | 'delivered' | 'nothing'): void;
  /** What was wrong with requests, in words; must stay empty. */
  readonly faults: readonly string[];
  /** How the next ones are answered; called with the number and how often that number was asked for. */
  answer(by: (to: string, times: number) => TwilioAnswer): void;
  close(): Promise<void>;
}

export async function startTwilio(): Promise<TwilioDouble> {
  const accountSid = `AC${randomBytes(16).toString('hex')}`;
  const authToken = randomBytes(16).toString('hex');
  const accepted: AcceptedSms[] = [];
  const faults: string[] = [];
  const asked = new Map<string, number>();
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let requests = 0;
  let askedAgain = 0;
  let said: number | 'delivered' | 'nothing' = 'delivered';
  let by: (to: string, times: number) => TwilioAnswer = () => ({ kind: 'accept' });

  const json = (response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));

  const made = (sms: AcceptedSms, over: object = {}) => ({
    account_sid: accountSid,
    api_version: '2010-04-01',
    body: sms.text,
    date_created: 'Sat, 30 Jan 2024 12:00:00 +0000',
    date_sent: null,
    date_updated: 'Sat, 30 Jan 2024 12:00:00 +0000',
    direction: 'outbound-api',
    error_code: null,
    error_message: null,
    from: sms.from ?? null,
    messaging_service_sid: sms.service ?? null,
    num_media: '0',
    num_segments: '1',
    price: null,
    price_unit: null,
    sid: `SM${randomBytes(16).toString('hex')}`,
    status: 'queued',
    subresource_uris: {},
    to: sms.to,
    uri: '',
    ...over,
  });

  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const later = (request: IncomingMessage, response: ServerResponse, sid: string): void => {
    askedAgain += 1;
    const sms = accepted[0] ?? { to: '', from: undefined, service: undefined, text: '' };
    if (request.headers.authorization !== authorization) json(response, 401, { code: 20003, status: 401 });
    else if (said === 'nothing') json(response, 500, { code: 20500, status: 500 });
    else if (said === 'delivered') json(response, 200, made(sms, { sid, status: 'delivered' }));
    else json(response, 200, made(sms, { sid, status: 'undelivered', error_code: said }));
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const fault = (text: string) => void faults.push(text);
    const known = new RegExp(`^/2010-04-01/Accounts/${accountSid}/Messages/(SM[0-9a-f]{32})\\.json$`).exec(
      request.url ?? '',
    );
    if (request.method === 'GET' && known) return later(request, response, known[1] ?? '');
    if (request.method === 'GET' && request.url === `/2010-04-01/Accounts/${accountSid}.json`)
      return void (request.headers.authorization === authorization
        ? json(response, 200, { sid: accountSid, status: 'active' })
        : json(response, 401, { code: 20003, message: 'Authenticate', status: 401 }));
    if (request.method !== 'POST') fault(`method ${request.method}`);
    if (request.url !== `/2010-04-01/Accounts/${accountSid}/Messages.json`) fault(`path ${request.url}`);
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded')
      fault(`type ${request.headers['content-type']}`);
    if (request.headers.authorization !== authorization) {
      return void json(response, 401, { code: 20003, message: 'Authenticate', status: 401 });
    }
    requests += 1;
    const body = Buffer.concat(parts).toString('latin1');
    if (!/^[\x21-\x7e]*$/.test(body)) fault('body is not encoded');
    const form = new URLSearchParams(body);
    for (const name of new Set(form.keys())) if (form.getAll(name).length > 1) fault(`${name} twice`);
    const [to, text] = [form.get('To') ?? '', form.get('Body') ?? ''];
    if (!form.has('From') && !form.has('MessagingServiceSid')) fault('no sender');
    const sms = {
      to,
      from: form.get('From') ?? undefined,
      service: form.get('MessagingServiceSid') ?? undefined,
      text,
    };
    const times = (asked.get(to) ?? 0) + 1;
    asked.set(to, times);
    const answer = by(to, times);
    switch (answer.kind) {
      case 'accept':
        accepted.push(sms);
        return void json(response, 201, made(sms));
      case 'error':
        return void json(
          response,
          answer.status,
          {
            ...(answer.code === undefined ? {} : { code: answer.code }),
            message: `no: ${to} ${text}`,
            more_info: 'https://www.twilio.com/docs/errors',
            status: answer.status,
          },
          answer.retryAfter === undefined ? {} : { 'Retry-After': answer.retryAfter },
        );
      case 'failed':
        return void json(response, 201, made(sms, { status: 'failed', error_code: answer.code, error_message: text }));
      case 'raw':
        return void response.writeHead(answer.status, { 'Content-Type': answer.type ?? 'text/html' }).end(answer.body);
      case 'break-after-accepting':
        accepted.push(sms);
        return void request.socket.destroy();
      case 'break':
        return void request.socket.destroy();
      case 'silence':
        return;
      case 'drip': {
        accepted.push(sms);
        response.writeHead(201, { 'Content-Type': 'application/json' });
        timers.add(setInterval(() => response.write(' '), 20));
        return;
      }
      case 'slow':
        accepted.push(sms);
        timers.add(setTimeout(() => json(response, 201, made(sms)), answer.after));
    }
  };

  const server = createServer((request, response) => void handle(request, response).catch(() => request.destroy()));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accountSid,
    authToken,
    accepted,
    faults,
    requests: () => requests,
    askedLater: () => askedAgain,
    tellLater(failure) {
      said = failure;
    },
    answer(next) {
      by = next;
    },
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearInterval(timer);
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
