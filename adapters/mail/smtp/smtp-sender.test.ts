import { afterEach, describe, expect, test } from '@jest/globals';
import { senderContract, someMail } from '../../../test/contracts/sender.ts';
import { freePort } from '../../../test/harness/free-port.ts';
import { smtpCertificate, startSmtp, startTarPit, type SmtpBehaviour } from '../../../test/harness/smtp.ts';
import { createSmtpSender, type SmtpSettings } from './smtp-sender.ts';

const settings = (port: number, over: Partial<SmtpSettings> = {}): SmtpSettings => ({
  host: 'localhost',
  port,
  security: 'starttls',
  from: { name: 'Rekey, the demo', address: 'no-reply@example.org' },
  ca: smtpCertificate,
  deadline: 3000,
  ...over,
});

senderContract('smtp', async () => {
  const server = await startSmtp();
  const sender = createSmtpSender(settings(server.port));
  return {
    sender,
    seen: async () =>
      server.delivered.map((one) => ({ to: one.to, subject: one.mail.subject ?? '', text: one.mail.text ?? '' })),
    close: async () => {
      await sender.close();
      await server.close();
    },
  };
});

describe('smtp sender', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  const open = async (behaviour: SmtpBehaviour = {}, over: Partial<SmtpSettings> = {}) => {
    const server = await startSmtp(behaviour);
    closing.push(() => server.close());
    const sender = createSmtpSender(settings(server.port, over));
    closing.push(() => sender.close());
    return { server, sender };
  };

  test('a mail is sent over TLS with headers for automatic mail, language and id', async () => {
    const { server, sender } = await open();
    expect(await sender.send(someMail({ language: 'fr', messageId: '<pending-7@login.example.org>' }))).toEqual({
      kind: 'sent',
    });
    const [mail] = server.delivered;
    expect(mail?.secure).toBe(true);
    expect(mail?.from).toBe('no-reply@example.org');
    const header = (name: string) => mail?.mail.headers.find((one) => one.key === name)?.value;
    expect(header('auto-submitted')).toBe('auto-generated');
    expect(header('content-language')).toBe('fr');
    expect(header('message-id')).toBe('<pending-7@login.example.org>');
    expect(mail?.mail.from).toMatchObject({ name: 'Rekey, the demo', address: 'no-reply@example.org' });
    expect(mail?.raw).toMatch(/^Content-Type: multipart\/alternative/m);
    expect(mail?.mail.html).toContain('<b>123456</b>');
  });

  test('A-327 a mail that goes to many says of which list it is, others say none', async () => {
    const { server, sender } = await open();
    await sender.send(someMail({ listId: 'key-dates.login.example.org' }));
    await sender.send(someMail({ messageId: '<contract-2@example.org>' }));
    const line = (name: string) =>
      server.delivered.map(({ raw }) => new RegExp(`^${name}: (.*)$`, 'im').exec(raw)?.[1]?.trim());
    expect(line('List-Id')).toEqual(['<key-dates.login.example.org>', undefined]);
    expect(line('Auto-Submitted')).toEqual(['auto-generated', 'auto-generated']);
  });

  test('two mails use one connection', async () => {
    const { server, sender } = await open();
    await sender.send(someMail());
    await sender.send(someMail({ messageId: '<contract-2@example.org>' }));
    expect(server.delivered).toHaveLength(2);
    expect(server.connections()).toBe(1);
  });

  test('a server without STARTTLS gets no mail', async () => {
    const { server, sender } = await open({ tls: 'none' });
    expect(await sender.send(someMail())).toMatchObject({ kind: 'retry', server: true });
    expect(server.delivered).toEqual([]);
  });

  test('plain text is sent where it is configured', async () => {
    const { server, sender } = await open({ tls: 'none' }, { security: 'none' });
    expect(await sender.send(someMail())).toEqual({ kind: 'sent' });
    expect(server.delivered[0]?.secure).toBe(false);
  });

  test('TLS from the first byte', async () => {
    const { server, sender } = await open({ tls: 'at-once' }, { security: 'tls' });
    expect(await sender.send(someMail())).toEqual({ kind: 'sent' });
    expect(server.delivered[0]?.secure).toBe(true);
  });

  test.each(['starttls', 'tls'] as const)(
    'a server with an untrusted certificate gets no mail (%s)',
    async (security) => {
      const { ca: _, ...unknown } = settings(0);
      const server = await startSmtp({ tls: security === 'tls' ? 'at-once' : 'starttls' });
      closing.push(() => server.close());
      const sender = createSmtpSender({ ...unknown, port: server.port, security });
      closing.push(() => sender.close());
      expect(await sender.send(someMail())).toMatchObject({ kind: 'retry', server: true });
      expect(server.delivered).toEqual([]);
    },
  );

  test('the right password is accepted; a failure with a wrong one does not contain it', async () => {
    const login = { user: 'rekey', password: 'mail-secret' };
    const right = await open(login, login);
    expect(await right.sender.send(someMail())).toEqual({ kind: 'sent' });
    const wrong = await open(login, { user: 'rekey', password: 'other-secret' });
    const outcome = await wrong.sender.send(someMail());
    expect(outcome).toEqual({ kind: 'retry', cause: 'AUTH PLAIN 535', server: true, ours: true });
    expect(wrong.server.delivered).toEqual([]);
  });

  test('550 is final, 451 is not, and the next try gets through', async () => {
    const final = await open({ recipient: () => 550 });
    expect(await final.sender.send(someMail())).toEqual({ kind: 'refused', cause: 'RCPT TO 550' });
    const grey = await open({ recipient: (_, times) => (times === 1 ? 451 : undefined) });
    expect(await grey.sender.send(someMail())).toEqual({ kind: 'retry', cause: 'RCPT TO 451', server: false });
    expect(await grey.sender.send(someMail())).toEqual({ kind: 'sent' });
    expect(grey.server.delivered).toHaveLength(1);
  });

  test('a refused text: 554 permanent, 452 temporary', async () => {
    const final = await open({ afterText: () => 554 });
    expect(await final.sender.send(someMail())).toEqual({ kind: 'refused', cause: 'end of DATA 554' });
    const full = await open({ afterText: (times) => (times === 1 ? 452 : undefined) });
    expect(await full.sender.send(someMail())).toMatchObject({ kind: 'retry', cause: 'end of DATA 452' });
    expect(await full.sender.send(someMail())).toEqual({ kind: 'sent' });
  });

  test('one refused recipient does not spoil the connection for the next mail', async () => {
    const { server, sender } = await open({ recipient: (address) => (address === 'no@example.org' ? 550 : undefined) });
    expect((await sender.send(someMail({ to: 'no@example.org' }))).kind).toBe('refused');
    expect(await sender.send(someMail())).toEqual({ kind: 'sent' });
    expect(server.delivered.map((one) => one.to)).toEqual([['els@example.org']]);
  });

  test.each([
    ['says nothing', undefined],
    ['drips', '220-welcome to the pit\r\n'],
  ])('a server that %s is left at the deadline', async (_, drip) => {
    const pit = await startTarPit(drip);
    closing.push(() => pit.close());
    const sender = createSmtpSender(settings(pit.port, { deadline: 400 }));
    closing.push(() => sender.close());
    expect(await sender.send(someMail())).toMatchObject({ kind: 'retry', server: true, unsure: false });
  });

  test('no answer after the text: it may have arrived, and the outcome says so', async () => {
    const { server, sender } = await open({ afterText: () => 'never' }, { deadline: 500 });
    expect(await sender.send(someMail())).toMatchObject({ kind: 'retry', unsure: true });
    expect(server.delivered).toHaveLength(1);
  });

  test('no server at first, then a server', async () => {
    const port = await freePort();
    const sender = createSmtpSender(settings(port));
    closing.push(() => sender.close());
    expect(await sender.send(someMail())).toMatchObject({ kind: 'retry', server: true, unsure: false });
    const server = await startSmtp({ port });
    closing.push(() => server.close());
    expect(await sender.send(someMail())).toEqual({ kind: 'sent' });
    expect(server.delivered).toHaveLength(1);
  });

  test('a server that stops between two mails and returns', async () => {
    const first = await startSmtp();
    const sender = createSmtpSender(settings(first.port));
    closing.push(() => sender.close());
    expect(await sender.send(someMail())).toEqual({ kind: 'sent' });
    await first.close();
    expect(await sender.send(someMail())).toMatchObject({ kind: 'retry', server: true });
    const second = await startSmtp({ port: first.port });
    closing.push(() => second.close());
    expect(await sender.send(someMail())).toEqual({ kind: 'sent' });
    expect(second.delivered).toHaveLength(1);
  });

  test('no outcome carries an address or the text', async () => {
    const cases = await Promise.all([
      open({ recipient: () => 550 }),
      open({ recipient: () => 451 }),
      open({ afterText: () => 554 }),
      open({ tls: 'none' }),
    ]);
    const outcomes = await Promise.all(cases.map((one) => one.sender.send(someMail())));
    outcomes.push(await cases[0].sender.send(someMail({ to: 'els@example.org\r\nx' })));
    for (const outcome of outcomes) expect(JSON.stringify(outcome)).not.toMatch(/els|example|123456|code/);
  });
});
