/** The outbox over a real SMTP server. */
import { expect, test } from '@jest/globals';
import type { Mail } from '../adapters/mail/port.ts';
import { createSmtpSender } from '../adapters/mail/smtp/smtp-sender.ts';
import { freePort } from '../test/harness/free-port.ts';
import { startSmtp } from '../test/harness/smtp.ts';
import { startRefusingSmtp, type SmtpStep } from '../test/harness/smtp-refusing.ts';
import {
  bytes,
  closing,
  code,
  eachWithOwnOutbox,
  logged,
  lines,
  notice,
  outboxOver,
  smtp,
  time,
  told,
} from '../test/harness/small-outbox.ts';
import { until } from '../test/harness/until.ts';
import { waitAfter } from './send-queued.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

eachWithOwnOutbox();

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
