import { afterEach, describe, expect, test } from '@jest/globals';
import { someMail } from '../../../test/contracts/sender.ts';
import { startRefusingSmtp, type SmtpStep } from '../../../test/harness/smtp-refusing.ts';
import { createSmtpSender } from './smtp-sender.ts';
import { judgeReply } from './outcome.ts';

/**
 * The subject of the reply: the recipient, this service (so every mail), this service for this mail, or a temporary
 * state.
 */
type About = 'recipient' | 'service' | 'sender' | 'moment';
const aboutOf = (stage: Parameters<typeof judgeReply>[0], code: number, detail?: string): About => {
  const judged = judgeReply(stage, { code, detail });
  if (judged.kind === 'refused') return 'recipient';
  if (judged.ours) return judged.server ? 'service' : 'sender';
  return 'moment';
};

describe('A-218a the subject of a reply', () => {
  test.each<[number, string | undefined, About]>([
    [550, undefined, 'recipient'],
    [550, '5.1.1', 'recipient'],
    [550, '5.1.10', 'recipient'],
    [551, '5.1.6', 'recipient'],
    [552, '5.2.2', 'recipient'],
    [553, '5.1.3', 'recipient'],
    [554, undefined, 'recipient'],
    [501, '5.1.3', 'recipient'],
    [550, '5.4.1', 'recipient'],
    [550, '5.5.0', 'recipient'],
    [554, '5.6.0', 'recipient'],
    [450, undefined, 'moment'],
    [451, '4.7.1', 'moment'],
    [452, '4.2.2', 'moment'],
    [421, undefined, 'service'],
    [454, undefined, 'service'],
    [500, undefined, 'service'],
    [501, '5.5.4', 'service'],
    [503, undefined, 'service'],
    [504, undefined, 'service'],
    [521, undefined, 'service'],
    [530, undefined, 'service'],
    [530, '5.7.0', 'service'],
    [535, '5.7.8', 'service'],
    [550, '5.1.7', 'service'],
    [550, '5.1.8', 'service'],
    [550, '5.7.60', 'service'],
    [550, '5.7.61', 'service'],
    [550, '5.7.57', 'service'],
    [550, '5.7.1', 'sender'],
    [550, '5.7.26', 'sender'],
    [554, '5.7.1', 'sender'],
    [550, '5.7.708', 'sender'],
  ])('%s %s to the recipient or the end of the text: about the %s', (code, detail, about) => {
    expect([aboutOf('recipient', code, detail), aboutOf('end of the text', code, detail)]).toEqual([about, about]);
  });

  test.each([421, 450, 451, 500, 501, 504, 521, 530, 535, 550, 552, 553, 554, 555])(
    '%s before RCPT TO is about the service, whatever the text says',
    (code) => {
      for (const detail of [undefined, '5.1.1', '5.7.1', '5.7.60', '5.0.0'])
        expect(aboutOf('before the recipient', code, detail)).toBe('service');
    },
  );
});

describe('A-218a a server that refuses at one command', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  const refusing = async (replies: Partial<Record<SmtpStep, string>>, pipelining = false) => {
    const server = await startRefusingSmtp(replies, { pipelining });
    closing.push(() => server.close());
    const sender = createSmtpSender({
      host: '127.0.0.1',
      port: server.port,
      security: 'none',
      user: 'rekey',
      password: 'mail-secret',
      name: 'login.example.org',
      from: { name: 'Rekey', address: 'no-reply@example.org' },
      deadline: 3000,
    });
    closing.push(() => sender.close());
    return { server, sender };
  };

  test.each<[SmtpStep, string, string]>([
    ['greeting', '554 5.7.1 no service for you', 'greeting 554 5.7.1'],
    ['greeting', '521 no mail here', 'greeting 521'],
    ['HELO', '504 need a full name', 'HELO 504'],
    ['AUTH', '535 5.7.8 els@example.org unknown', 'AUTH PLAIN 535 5.7.8'],
    ['AUTH', '550 account closed', 'AUTH PLAIN 550'],
    ['MAIL FROM', '550 5.7.60 SMTP; Client does not have permissions to send as this sender', 'MAIL FROM 550 5.7.60'],
    ['MAIL FROM', '530 5.7.0 Authentication required', 'MAIL FROM 530 5.7.0'],
    ['MAIL FROM', '553 sender unknown', 'MAIL FROM 553'],
    ['RCPT TO', '530 authenticate first', 'RCPT TO 530'],
    ['RCPT TO', '550 5.1.8 sender domain has no MX', 'RCPT TO 550 5.1.8'],
    ['DATA', '554 5.5.1 no', 'DATA 554 5.5.1'],
    ['end of DATA', '550 5.7.60 SendAsDenied; els@example.org not allowed', 'end of DATA 550 5.7.60'],
  ])('%s: %s', async (step, reply, cause) => {
    // HELO is sent if EHLO is not understood.
    const { sender } = await refusing({ [step]: reply, ...(step === 'HELO' && { EHLO: '502 what' }) });
    expect(await sender.send(someMail())).toEqual({ kind: 'retry', cause, server: true, ours: true });
  });

  test('504 to EHLO and HELO: the server refuses our name, which is no fault of the recipient', async () => {
    const { sender } = await refusing({ EHLO: '504 need a full name', HELO: '504 need a full name' });
    expect(await sender.send(someMail())).toEqual({ kind: 'retry', cause: 'HELO 504', server: true, ours: true });
  });

  test.each<[SmtpStep, string, string]>([
    ['RCPT TO', '550 5.1.1 no such user', 'RCPT TO 550 5.1.1'],
    ['end of DATA', '554 5.6.0 not that text', 'end of DATA 554 5.6.0'],
  ])('%s: %s judges the recipient', async (step, reply, cause) => {
    const { sender } = await refusing({ [step]: reply });
    expect(await sender.send(someMail())).toEqual({ kind: 'refused', cause });
  });

  test('with PIPELINING the replies to sender and recipient are distinguished', async () => {
    const { sender } = await refusing(
      { 'MAIL FROM': '550 5.7.60 not as this one', 'RCPT TO': '503 no sender', DATA: '503 no recipient' },
      true,
    );
    expect(await sender.send(someMail())).toEqual({
      kind: 'retry',
      cause: 'MAIL FROM 550 5.7.60',
      server: true,
      ours: true,
    });
  });

  test('A-218d EHLO uses the configured name', async () => {
    const { server, sender } = await refusing({});
    expect(await sender.send(someMail())).toEqual({ kind: 'sent' });
    expect(server.heard()).toContain('EHLO login.example.org');
  });
});
