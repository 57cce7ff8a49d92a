/**
 * Sends mail over SMTP (RFC 5321) with STARTTLS (RFC 3207) or TLS from the first byte (RFC 8314). One mail, one
 * recipient, at most ten seconds.
 */
import type { Readable } from 'node:stream';
import { createTransport, type Transporter } from 'nodemailer';
import { isOneAddress, type Mail, type MailOutcome, type MailSender } from '../port.ts';
import { outcomeOf } from './outcome.ts';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /**
   * `starttls`: plain at first, no mail before TLS is established. `tls`: TLS at once. `none`: plain text, for a server
   * on this machine or in a closed network.
   */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly user?: string;
  readonly password?: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly replyTo?: string;
  /** Our name in EHLO (RFC 5321 §4.1.1.1). */
  readonly name?: string;
  /** PEM of your own certificate authority, instead of the system's. */
  readonly ca?: string;
  /** Parallel connections. */
  readonly connections?: number;
  /** ms for one mail, connecting included. */
  readonly deadline?: number;
  /** Gets each command and each answer of the connection, without credentials. */
  readonly say?: (line: string) => void;
}

const tenSeconds = 10_000;

export interface SmtpSender extends MailSender {
  /**
   * Connects, greets, encrypts and signs in, and sends nothing: `undefined` if the server accepted everything,
   * otherwise the problem. Limited in time.
   */
  check(): Promise<string | undefined>;
}

interface Context {
  readonly settings: SmtpSettings;
  readonly transport: Transporter;
  readonly deadline: number;
  /** The text of each mail being sent: if any of it was read, the mail may have left. */
  readonly texts: WeakMap<object, Readable[]>;
}

export function createSmtpSender(settings: SmtpSettings): SmtpSender {
  const deadline = settings.deadline ?? tenSeconds;
  const transport = transportFor(settings, deadline);
  const context: Context = { settings, transport, deadline, texts: new WeakMap() };
  transport.use('stream', (mail, done) => {
    const kept = context.texts.get(mail.data.signal ?? {});
    mail.message.processFunc((text) => {
      kept?.push(text);
      return text;
    });
    done();
  });
  return {
    send: (mail) => send(context, mail),
    check: () => check(context),
    close: async () => {
      transport.close();
    },
  };
}

const transportFor = (settings: SmtpSettings, deadline: number): Transporter =>
  createTransport({
    pool: true,
    ...(settings.name === undefined ? {} : { name: settings.name }),
    host: settings.host,
    port: settings.port,
    secure: settings.security === 'tls',
    requireTLS: settings.security === 'starttls',
    ignoreTLS: settings.security === 'none',
    tls: { minVersion: 'TLSv1.2', ...(settings.ca === undefined ? {} : { ca: settings.ca }) },
    ...(settings.user === undefined ? {} : { auth: { user: settings.user, pass: settings.password ?? '' } }),
    maxConnections: settings.connections ?? 4,
    maxRequeues: 1,
    dnsTimeout: deadline / 2,
    connectionTimeout: deadline / 2,
    greetingTimeout: deadline / 2,
    socketTimeout: deadline,
    idleTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(settings.say ? { logger: transcript(settings.say), transactionLog: true } : { logger: false }),
  });

async function send({ settings, transport, deadline, texts }: Context, mail: Mail): Promise<MailOutcome> {
  if (!isOneAddress(mail.to)) return { kind: 'refused', cause: 'not one address' };
  const { signal, cancel } = until(deadline);
  const streams: Readable[] = [];
  texts.set(signal, streams);
  try {
    const info = await transport.sendMail({ ...messageOf(settings, mail), signal });
    return info.accepted?.length === 1 ? { kind: 'sent' } : { kind: 'refused', cause: 'recipient not accepted' };
  } catch (error) {
    return outcomeOf(error, { read: streams.some((text) => text.readableDidRead), late: signal.aborted });
  } finally {
    cancel();
  }
}

const messageOf = ({ from, replyTo }: SmtpSettings, mail: Mail) => ({
  from: { name: from.name, address: from.address },
  to: { name: '', address: mail.to },
  ...(replyTo === undefined ? {} : { replyTo: { name: '', address: replyTo } }),
  subject: mail.subject,
  text: mail.text,
  ...(mail.html === undefined ? {} : { html: mail.html }),
  messageId: mail.messageId,
  headers: {
    // RFC 3834: no program answers these.
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
    'Content-Language': mail.language,
    ...(mail.listId === undefined ? {} : { 'List-Id': `<${mail.listId}>` }),
  },
});

async function check({ transport, deadline }: Context): Promise<string | undefined> {
  const { signal, cancel } = until(deadline);
  const late = new Promise<string>((resolve) => {
    signal.addEventListener('abort', () => resolve('no answer in time'));
  });
  const answered = transport.verify().then(
    () => undefined,
    (error: unknown) => causeOf(outcomeOf(error, { read: false, late: signal.aborted })),
  );
  try {
    return await Promise.race([answered, late]);
  } finally {
    cancel();
  }
}

const causeOf = (outcome: MailOutcome): string => (outcome.kind === 'sent' ? 'unknown' : outcome.cause);

function until(milliseconds: number): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  return { signal: controller.signal, cancel: () => clearTimeout(timer) };
}

/** Commands without a secret; of other commands only the verb is reported. */
const open = /^(?:EHLO|HELO|STARTTLS|MAIL FROM|RCPT TO|DATA|RSET|QUIT|\.)/i;

const nothing = () => undefined;

/** The transport's log, filtered to the lines of the connection. */
function transcript(say: (line: string) => void) {
  const line = (entry: unknown, text: unknown): void => {
    const from = typeof entry === 'object' && entry !== null && 'tnx' in entry ? entry.tnx : undefined;
    if (typeof text !== 'string') return;
    if (from === 'server') for (const one of text.split(/\r?\n/)) say(`< ${one}`);
    else if (from === 'client') say(`> ${open.test(text) ? text : (/^AUTH \S+/i.exec(text)?.[0] ?? '(not shown)')}`);
  };
  return { level: nothing, trace: line, debug: line, info: nothing, warn: nothing, error: nothing, fatal: nothing };
}
