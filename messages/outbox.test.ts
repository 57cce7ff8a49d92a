import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Mail, MailOutcome, MailSender } from '../adapters/mail/port.ts';
import { createSmtpSender } from '../adapters/mail/smtp/smtp-sender.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { movedTime, type MovedTime } from '../test/harness/moved-time.ts';
import { freePort, smtpCertificate, startSmtp, type SmtpBehaviour } from '../test/harness/smtp.ts';
import { startRefusingSmtp, type SmtpStep } from '../test/harness/smtp-refusing.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { until } from '../test/harness/until.ts';
import { createOutbox, type Outbox, type OutboxParts } from './outbox.ts';
import { waitAfter } from './send-queued.ts';
import type { AuditEvent, OutgoingMessage } from '../accounts/person.ts';

const secretBox = createSecretBox(Buffer.alloc(32, 7));
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let time: MovedTime;
let store: TemporaryStore;
let lines: string[];
let told: Map<string, AuditEvent>;
const closing: (() => Promise<unknown>)[] = [];

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

const notice = (over: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  channel: 'email',
  to: 'els.peeters@example.org',
  language: 'nl',
  source: 'core',
  template: 'key_off',
  data: { word: 'blue-heron' },
  queuedAt: time.clock.now(),
  ...over,
});
const code = (over: Partial<OutgoingMessage> = {}): OutgoingMessage =>
  notice({ template: 'code', data: { word: '884422' }, expiresAt: time.clock.now() + 5 * minute, ...over });

function outboxOver(senders: OutboxParts['senders'], over: { storage?: Storage } & Partial<OutboxParts> = {}): Outbox {
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

async function smtp(behaviour: SmtpBehaviour = {}, port?: number) {
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
function byHand() {
  const asked: { readonly mail: Mail; readonly answer: (outcome: MailOutcome) => void }[] = [];
  const sender: Pick<MailSender, 'send'> = {
    send: (mail) => new Promise((answer) => asked.push({ mail, answer })),
  };
  return { asked, sender };
}
function always(...outcomes: readonly MailOutcome[]) {
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
const bytes = async () => {
  const files = [store.file, `${store.file}-wal`];
  return Buffer.concat(await Promise.all(files.map((file) => readFile(file).catch(() => Buffer.alloc(0))))).toString(
    'latin1',
  );
};
const logged = (event: string) =>
  lines.filter((line) => (JSON.parse(line) as { event: string }).event === event).length;

describe('the outbox over a real SMTP server', () => {
  test('a message is sent at once, with the id of the pending item, and only once however often it is queued', async () => {
    const { sender, delivered } = await smtp();
    const outbox = outboxOver({ email: sender });
    const item = { id: 'message-1', message: notice() };
    await Promise.all([outbox.queue([item]), outbox.queue([item]), outbox.queue([item, item])]);
    await until('the mail is there', () => logged('message.sent') === 1);
    await outbox.queue([item]);
    await outbox.queue([{ id: 'message-2', message: notice() }]);
    await until('the second mail is there', () => logged('message.sent') === 2);
    expect(delivered.map((mail) => mail.mail.messageId)).toEqual([
      '<message-1@login.example.org>',
      '<message-2@login.example.org>',
    ]);
    expect(delivered[0]?.mail.text).toContain('It says blue-heron.');
    expect(delivered.map(({ raw }) => /^List-Id/im.test(raw))).toEqual([false, false]);
  });

  test('A-023 neither store nor log shows a code or an address', async () => {
    const { sender } = await smtp({ recipient: (_, times) => (times === 1 ? 451 : undefined) });
    const outbox = outboxOver({ email: sender });
    await outbox.queue([{ id: 'message-1', message: code() }]);
    await until('it waits', () => logged('message.delayed') === 1);
    expect(await bytes()).toContain('message-1');
    expect(await bytes()).not.toMatch(/884422|els\.peeters/);
    time.advance(minute);
    await until('it is sent', () => logged('message.sent') === 1);
    expect(await bytes()).not.toMatch(/884422|els\.peeters/);
    expect(lines.join('\n')).not.toMatch(/884422|els\.peeters/);
    expect(lines.join('\n')).toContain('e…@example.org');
  });

  test('greylisting: tried again after a while, not before', async () => {
    const { sender, delivered } = await smtp({ recipient: (_, times) => (times <= 2 ? 451 : undefined) });
    const outbox = outboxOver({ email: sender });
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    await until('it waits', () => logged('message.delayed') === 1);
    const from = time.clock.now();
    await until('it is sent', () => {
      if (logged('message.sent') === 1) return true;
      time.advance(1000);
      return false;
    });
    expect(time.clock.now() - from).toBeGreaterThanOrEqual(waitAfter(1) + waitAfter(2));
    expect(delivered).toHaveLength(1);
  });

  test('an address that is refused for good: audited, masked, never tried again', async () => {
    const { sender, server } = await smtp({ recipient: () => 550 });
    const outbox = outboxOver({ email: sender });
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    await until('it is refused', () => logged('message.refused') === 1);
    time.advance(2 * day);
    await outbox.queue([{ id: 'message-2', message: notice() }]);
    await until('the next one too', () => logged('message.refused') === 2);
    expect(server?.connections()).toBe(1);
    expect(told.get('message-1.refused')).toEqual({
      at: Date.UTC(2024, 0, 30, 12),
      actor: 'system',
      action: 'message.refused',
      facts: {
        channel: 'email',
        destination: 'e…@example.org',
        tries: 1,
        source: 'core',
        template: 'key_off',
        cause: 'RCPT TO 550',
        ending: 'refused',
      },
    });
  });

  test('A-218b a server that refuses this service: no message is lost, no address counts as refused, an alarm is raised', async () => {
    const replies: Partial<Record<SmtpStep, string>> = { 'MAIL FROM': '550 5.7.60 not as this sender' };
    const refusing = await startRefusingSmtp(replies);
    const from = { name: 'Rekey', address: 'no-reply@example.org' };
    const sender = createSmtpSender({ host: '127.0.0.1', port: refusing.port, security: 'none', from });
    closing.push(
      () => refusing.close(),
      () => sender.close(),
    );
    const outbox = outboxOver({ email: sender }, { atOnce: 1 });
    const ids = Array.from({ length: 6 }, (_, at) => `message-${at}`);
    await outbox.queue(ids.map((id) => ({ id, message: notice() })));
    await until('three were tried', () => logged('message.service-refused') === 3);
    expect(lines.filter((line) => line.includes('"level":50')).map((line) => JSON.parse(line).cause)).toEqual(
      Array.from({ length: 3 }, () => 'MAIL FROM 550 5.7.60'),
    );
    // The breaker is open.
    expect(refusing.heard().filter((line) => line.startsWith('MAIL'))).toHaveLength(3);
    expect(await outbox.delivery(['message-0'])).toBe('delayed');
    // The time moves once the server was called again: on a busy machine it would overtake the tries.
    for (let hours = 0; hours < 3 * 24; hours += 1) {
      const before = logged('message.service-refused');
      time.advance(hour);
      await until('it was tried again', () => logged('message.service-refused') > before);
    }
    expect(told.size).toBe(0);
    delete replies['MAIL FROM'];
    await until('all are there', async () => {
      time.advance(minute);
      return logged('message.sent') === ids.length;
    });
    expect(await outbox.delivery(ids)).toBe('left');
  });

  test('A-218c the audit event about a reminder is written once the server has accepted the mail, not before', async () => {
    const { sender } = await smtp({ recipient: (_, times) => (times <= 2 ? 451 : undefined) });
    const outbox = outboxOver({ email: sender });
    const whenTaken = { actor: 'system', action: 'person.reminded', person: 'els' };
    await outbox.queue([{ id: 'message-1', message: notice({ whenTaken }) }]);
    await until('it waits', () => logged('message.delayed') === 1);
    expect([...told.keys()]).toEqual([]);
    await until('it is sent', () => {
      if (logged('message.sent') === 1) return true;
      time.advance(1000);
      return false;
    });
    expect(told.get('message-1.taken')).toEqual({ ...whenTaken, at: expect.any(Number) });
    expect(await outbox.delivery(['message-1'])).toBe('left');
  });

  test('A-325 A-327 A-329 a notice that must not be sent yet waits without a try; a recalled one is never sent', async () => {
    const { server, sender } = await smtp({});
    const free = time.clock.now() + 13 * hour;
    const recalled = new Set<string>();
    const givenUp: string[] = [];
    const outbox = outboxOver(
      { email: sender },
      {
        gate: async ({ template }, now) => (recalled.has(template) ? 'recalled' : Math.max(now, free)),
        givenUp: async (id) => void givenUp.push(id),
      },
    );
    await outbox.queue([
      { id: 'message-1', message: notice({ template: 'kept', datesOf: 'sms' }) },
      { id: 'message-2', message: notice({ template: 'stopped' }) },
    ]);
    time.advance(12 * hour);
    expect(server?.delivered).toEqual([]);
    recalled.add('stopped');
    await until('it has left', () => {
      time.advance(minute);
      return logged('message.sent') === 1 && logged('message.recalled') === 1;
    });
    expect(time.clock.now()).toBeGreaterThanOrEqual(free);
    expect(server?.delivered.map(({ mail }) => mail.subject)).toEqual(['About kept']);
    expect(server?.delivered[0]?.raw).toMatch(/^List-Id: <key-dates\.login\.example\.org>\r?$/im);
    expect(givenUp).toEqual(['message-2']);
    expect([...told.keys()]).toEqual([]);
  });

  test('D-06 the server is down: queueing works, there are few tries, and all messages are sent when it is back', async () => {
    const port = await freePort();
    const { sender } = await smtp({}, port);
    let calls = 0;
    const counting = { send: (mail: Mail) => ((calls += 1), sender.send(mail)) };
    const outbox = outboxOver({ email: counting }, { atOnce: 2 });
    for (let at = 0; at < 30; at++) await outbox.queue([{ id: `message-${at}`, message: notice() }]);
    await until('it rests', () => logged('message.delayed') >= 3);
    time.advance(10 * minute);
    await until('some more tries', () => calls > 3);
    expect(calls).toBeLessThan(30);
    const server = await startSmtp({ port });
    closing.push(() => server.close());
    await until('all are there', async () => {
      time.advance(minute);
      return logged('message.sent') === 30;
    });
    expect(server.delivered).toHaveLength(30);
    expect(new Set(server.delivered.map((mail) => mail.mail.messageId)).size).toBe(30);
  });
});

describe('the outbox', () => {
  test('a code is never sent after its end, also when the first try failed shortly before', async () => {
    const { sent, sender } = always({ kind: 'retry', cause: '451' });
    const outbox = outboxOver({ email: sender });
    const item = { id: 'message-1', message: code() };
    await outbox.queue([item]);
    for (let at = 0; at < 40; at++) {
      time.advance(10_000);
      await new Promise(setImmediate);
      await until('nothing is under way', () => logged('message.delayed') === sent.length);
    }
    await until('it is over', () => logged('message.expired') === 1);
    const tries = sent.length;
    expect(tries).toBeGreaterThan(2);
    time.advance(2 * day);
    await outbox.queue([item]);
    await until('it is over again', () => logged('message.expired') === 2);
    expect(sent).toHaveLength(tries);
  });

  test.each([
    [-1, 1],
    [0, 0],
    [1, 0],
  ])('a code that is taken up %i ms from its end is sent %i times', async (offset, times) => {
    const { sent, sender } = always();
    const outbox = outboxOver({ email: sender });
    const message = code();
    time.advance(5 * minute + offset);
    await outbox.queue([{ id: 'message-1', message }]);
    await until('it is decided', () => logged('message.sent') + logged('message.expired') === 1);
    expect(sent).toHaveLength(times);
  });

  test('a notice is given up after five days of tries, and the audit and its sender are told', async () => {
    const { sent, sender } = always({ kind: 'retry', cause: '451' });
    const givenUp: string[] = [];
    const outbox = outboxOver({ email: sender }, { givenUp: async (id) => void givenUp.push(id) });
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    const from = time.clock.now();
    await until('five days of it', async () => {
      time.advance(10 * minute);
      return logged('message.abandoned') === 1;
    });
    expect(time.clock.now() - from).toBeGreaterThanOrEqual(5 * day);
    expect(givenUp).toEqual(['message-1']);
    expect(sent.length).toBeGreaterThan(100);
    expect(sent.length).toBeLessThan(140);
    expect(told.get('message-1.abandoned')?.facts).toMatchObject({ ending: 'abandoned' });
  });

  test('four workers on one store: each message is sent by exactly one', async () => {
    const { sent, sender } = always();
    const outboxes = [outboxOver({ email: sender })];
    for (let at = 0; at < 3; at++) outboxes.push(outboxOver({ email: sender }, { storage: await store.again() }));
    const items = Array.from({ length: 40 }, (_, at) => ({ id: `message-${at}`, message: notice() }));
    await Promise.all(outboxes.map((outbox) => outbox.queue(items)));
    for (const outbox of outboxes) outbox.start();
    await until('all are sent', () => logged('message.sent') === 40);
    time.advance(hour);
    await until('nothing is left', async () => {
      await Promise.all(outboxes.map((outbox) => outbox.stop()));
      return true;
    });
    expect(sent.map((mail) => mail.messageId).sort()).toEqual(
      items.map((item) => `<${item.id}@login.example.org>`).sort(),
    );
  });

  test('D-08 messages of a killed process: those that were not begun are sent; of those that were begun, notices are sent again and codes are not', async () => {
    const first = byHand();
    const dead = outboxOver({ email: first.sender }, { atOnce: 2 });
    await dead.queue([
      { id: 'begun-notice', message: notice() },
      { id: 'begun-code', message: code() },
      { id: 'new-notice', message: notice() },
      { id: 'new-code', message: code() },
    ]);
    await until('two are under way', () => first.asked.length === 2);
    const { sent, sender } = always();
    const next = outboxOver({ email: sender }, { storage: await store.again() });
    next.start();
    await until('the new ones leave', () => sent.length === 2);
    expect(sent.map((mail) => mail.messageId.slice(1, 9)).sort()).toEqual(['new-code', 'new-noti']);
    await until('the lease has run out', () => {
      time.advance(5000);
      return logged('message.sent') === 3 && logged('message.unsure') === 1;
    });
    expect(sent[2]?.messageId).toBe('<begun-notice@login.example.org>');
    expect(told.get('begun-code.unsure')?.facts).toMatchObject({ ending: 'unsure', cause: 'interrupted' });
    for (const one of first.asked) one.answer({ kind: 'sent' });
    await new Promise(setImmediate);
    expect(sent).toHaveLength(3);
  });

  test('a connection that broke after the text: a notice goes again, a code does not', async () => {
    const { sent, sender } = always({ kind: 'retry', cause: 'ETIMEDOUT', unsure: true });
    const outbox = outboxOver({ email: sender });
    await outbox.queue([{ id: 'a-code', message: code() }]);
    await until('it is over', () => logged('message.unsure') === 1);
    await outbox.queue([{ id: 'a-notice', message: notice() }]);
    await until('it waits', () => logged('message.delayed') === 1);
    time.advance(minute);
    await until('again', () => logged('message.delayed') === 2);
    expect(sent.map((mail) => mail.messageId.slice(1, 4))).toEqual(['a-c', 'a-n', 'a-n']);
  });

  test('a message whose text cannot be rendered waits, and is sent once it can', async () => {
    const { sent, sender } = always();
    let broken = true;
    const outbox = outboxOver(
      { email: sender },
      {
        render: () => {
          if (broken) throw new Error('no such text');
          return { subject: 's', text: 't' };
        },
      },
    );
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    await until('it waits', () => logged('message.delayed') === 1);
    expect(logged('message.unwritable')).toBe(1);
    broken = false;
    time.advance(minute);
    await until('it is sent', () => sent.length === 1);
  });

  test('a sender that throws is a temporary fault, and the text of its error stays out of the log', async () => {
    let calls = 0;
    const outbox = outboxOver({
      email: {
        async send() {
          calls += 1;
          if (calls === 1) throw new Error('to els.peeters@example.org with password hunter2');
          return { kind: 'sent' };
        },
      },
    });
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    await until('it waits', () => logged('message.delayed') === 1);
    time.advance(minute);
    await until('it is sent', () => logged('message.sent') === 1);
    expect(lines.join('\n')).not.toMatch(/hunter2|els\.peeters/);
  });

  test('a channel without a sender refuses, and the audit says why', async () => {
    const outbox = outboxOver({});
    await outbox.queue([{ id: 'message-1', message: notice({ channel: 'sms', to: '+32470123456' }) }]);
    await until('it is refused', () => logged('message.refused') === 1);
    expect(told.get('message-1.refused')?.facts).toMatchObject({
      destination: '…56',
      cause: 'no sender for this channel',
    });
  });

  test('the audit log cannot be written: the message is not done before it can', async () => {
    let full = true;
    const { sender } = always({ kind: 'refused', cause: '550' });
    const outbox = outboxOver(
      { email: sender },
      {
        audit: async (events) => {
          if (full) throw new Error('full');
          for (const { id, event } of events) told.set(id, event);
        },
      },
    );
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    await until('it is interrupted', () => logged('message.interrupted') === 1);
    full = false;
    time.advance(minute);
    await until('it is refused', () => logged('message.refused') === 1);
    expect([...told.keys()]).toEqual(['message-1.refused']);
  });

  test('stopping waits for running messages and takes no new ones', async () => {
    const { asked, sender } = byHand();
    const outbox = outboxOver({ email: sender }, { atOnce: 1 });
    await outbox.queue([
      { id: 'message-1', message: notice() },
      { id: 'message-2', message: notice() },
    ]);
    await until('one is under way', () => asked.length === 1);
    const first = Promise.race([outbox.stop().then(() => 'stopped'), new Promise((go) => setImmediate(go, 'waiting'))]);
    expect(await first).toBe('waiting');
    asked[0]?.answer({ kind: 'sent' });
    await outbox.stop();
    expect(logged('message.sent')).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test('stopping does not wait for ever', async () => {
    const { asked, sender } = byHand();
    const outbox = outboxOver({ email: sender });
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    await until('one is under way', () => asked.length === 1);
    const stopping = outbox.stop();
    time.advance(5000);
    await expect(stopping).resolves.toBeUndefined();
  });

  test('a thousand queued messages are all sent', async () => {
    const down = always({ kind: 'retry', cause: 'ECONNECTION', server: true });
    const before = outboxOver({ email: down.sender });
    const items = Array.from({ length: 1000 }, (_, at) => ({ id: `message-${at}`, message: notice() }));
    await before.queue(items);
    await before.stop();
    const { sent, sender } = always();
    const outbox = outboxOver({ email: sender }, { storage: await store.again() });
    outbox.start();
    await until('all are sent', async () => {
      time.advance(15_000);
      return new Set(sent.map((mail) => mail.messageId)).size === 1000;
    });
    expect(sent).toHaveLength(1000);
  });
});

test('the waits grow from a quarter of a minute to an hour', () => {
  expect([1, 2, 3, 9, 30].map(waitAfter)).toEqual([15_000, 30_000, minute, hour, hour]);
});
