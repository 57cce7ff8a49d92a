/** An outbox on a small real store, with time that a test moves. Registers its own hooks. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach } from '@jest/globals';
import { pino } from 'pino';
import type { Mail, MailOutcome, MailSender } from '../../adapters/mail/port.ts';
import { createSmtpSender } from '../../adapters/mail/smtp/smtp-sender.ts';
import { createSecretBox } from '../../adapters/secret-box.ts';
import { createOutbox, type Outbox, type OutboxParts } from '../../messages/outbox.ts';
import type { AuditEvent, OutgoingMessage } from '../../accounts/person.ts';
import { movedTime, type MovedTime } from './moved-time.ts';
import { smtpCertificate, startSmtp, type SmtpBehaviour } from './smtp.ts';
import { temporaryStore, type TemporaryStore } from './temporary-store.ts';

const secretBox = createSecretBox(Buffer.alloc(32, 7));
const minute = 60_000;

export let time: MovedTime;
export let store: TemporaryStore;
/** The lines of the log. */
export let lines: string[];
/** Audit events by id. */
export let told: Map<string, AuditEvent>;
/** Closed after each test, the last one first. */
export const closing: (() => Promise<unknown>)[] = [];

export function eachWithOwnOutbox(): void {
  beforeEach(async () => {
    time = movedTime();
    store = await temporaryStore(time.clock);
    lines = [];
    told = new Map();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    await store.close();
  });
}

export const notice = (over: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  channel: 'email',
  to: 'els.peeters@example.org',
  language: 'nl',
  source: 'core',
  template: 'key_off',
  data: { word: 'blue-heron' },
  queuedAt: time.clock.now(),
  ...over,
});
export const code = (over: Partial<OutgoingMessage> = {}): OutgoingMessage =>
  notice({ template: 'code', data: { word: '884422' }, expiresAt: time.clock.now() + 5 * minute, ...over });

export function outboxOver(senders: OutboxParts['senders'], over: Partial<OutboxParts> = {}): Outbox {
  const outbox = createOutbox({
    storage: store.storage,
    secretBox,
    clock: time.clock,
    scheduler: time.scheduler,
    senders,
    render: (message) => ({ subject: `About ${message.template}`, text: `It says ${message.data['word']}.` }),
    log: pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }),
    audit: async (events) => {
      for (const { id, event } of events) told.set(id, event);
    },
    domain: 'login.example.org',
    ...over,
  });
  closing.push(() => outbox.stop());
  return outbox;
}

export async function smtp(behaviour: SmtpBehaviour = {}, port?: number) {
  const server = port === undefined ? await startSmtp(behaviour) : undefined;
  const at = server?.port ?? port ?? 0;
  const from = { name: 'Rekey', address: 'no-reply@example.org' };
  const sender = createSmtpSender({ host: 'localhost', port: at, security: 'starttls', from, ca: smtpCertificate });
  closing.push(
    async () => server?.close(),
    () => sender.close(),
  );
  return { server, sender, delivered: server?.delivered ?? [] };
}

/** A sender whose answers the test gives. */
export function byHand() {
  const asked: { readonly mail: Mail; readonly answer: (outcome: MailOutcome) => void }[] = [];
  const sender: Pick<MailSender, 'send'> = {
    send: (mail) => new Promise((answer) => asked.push({ mail, answer })),
  };
  return { asked, sender };
}
export function always(...outcomes: readonly MailOutcome[]) {
  const sent: Mail[] = [];
  const sender: Pick<MailSender, 'send'> = {
    async send(mail) {
      sent.push(mail);
      return outcomes[Math.min(sent.length, outcomes.length) - 1] ?? { kind: 'sent' };
    },
  };
  return { sent, sender };
}
/** The whole content of the store's files, as text. */
export const bytes = async () => {
  const files = [store.file, `${store.file}-wal`];
  return Buffer.concat(await Promise.all(files.map((file) => readFile(file).catch(() => Buffer.alloc(0))))).toString(
    'latin1',
  );
};
export const logged = (event: string) =>
  lines.filter((line) => (JSON.parse(line) as { event: string }).event === event).length;
