/** The contract of mail senders (adapters/mail/port.ts) as tests: call it once for each implementation. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Mail, MailSender } from '../../adapters/mail/port.ts';

export interface SeenMail {
  /** All recipients. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

export interface SenderUnderTest {
  readonly sender: MailSender;
  /** Everything that arrived, oldest first. */
  seen(): Promise<readonly SeenMail[]>;
  close(): Promise<void>;
}

export const someMail = (over: Partial<Mail> = {}): Mail => ({
  to: 'els@example.org',
  subject: 'Your code',
  text: '123456 is your code.\n\nNot you? Tell us.',
  html: '<p><b>123456</b> is your code.</p>',
  messageId: '<contract-1@example.org>',
  language: 'en',
  ...over,
});

/** Each would reach another person, or more than one, if it were read as a list, a header or a command. */
export const hostileAddresses = [
  'a@example.org, b@example.net',
  'a@example.org,b@example.net',
  'a@example.org;b@example.net',
  'c@example.org\r\nRCPT TO:<e@example.net>',
  'c@example.org\nBcc: e@example.net',
  'c@example.org>\r\nRCPT TO:<e@example.net',
  '<e@example.net> c@example.org',
  'friends: a@example.org, b@example.net;',
  '"a@example.net" <c@example.org>, e@example.net',
  'c@example.org (e@example.net)',
];

export function senderContract(name: string, open: () => Promise<SenderUnderTest>): void {
  describe(`sender contract: ${name}`, () => {
    let under: SenderUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(async () => {
      await under.close();
    });

    test('a mail arrives once, at one address, unchanged', async () => {
      expect(await under.sender.send(someMail())).toEqual({ kind: 'sent' });
      const seen = await under.seen();
      expect(seen).toHaveLength(1);
      expect(seen[0]?.to).toEqual(['els@example.org']);
      expect(seen[0]?.subject).toBe('Your code');
      expect(seen[0]?.text.replaceAll('\r\n', '\n').trim()).toBe(someMail().text);
    });

    test('letters of any script arrive as they were written', async () => {
      const text = 'Beste Zoë, 「例え」 — ça va? '.repeat(20).trim();
      expect(await under.sender.send(someMail({ subject: 'Für Zoë: 例え', text }))).toEqual({ kind: 'sent' });
      const [mail] = await under.seen();
      expect(mail?.subject).toBe('Für Zoë: 例え');
      expect(mail?.text.replaceAll(/\s+/g, ' ').trim()).toBe(text);
    });

    test('a line break in the subject starts no header', async () => {
      await under.sender.send(someMail({ subject: 'Hello\r\nBcc: e@example.net\r\n\r\nBody' }));
      for (const mail of await under.seen()) expect(mail.to).toEqual(['els@example.org']);
    });

    test('a text that looks like the end of the mail stays text', async () => {
      const text = 'one\n.\nMAIL FROM:<x@example.net>\n..two';
      expect(await under.sender.send(someMail({ text }))).toEqual({ kind: 'sent' });
      const seen = await under.seen();
      expect(seen).toHaveLength(1);
      expect(seen[0]?.text.replaceAll('\r\n', '\n').trim()).toBe(text);
    });

    test.each(hostileAddresses)('B12-07 %j reaches no second person', async (to) => {
      const outcome = await under.sender.send(someMail({ to }));
      const seen = await under.seen();
      expect(outcome.kind).toBe('refused');
      expect(seen).toEqual([]);
    });

    test('twenty at once all arrive, each at its own address', async () => {
      const addresses = Array.from({ length: 20 }, (_, at) => `p${at}@example.org`);
      const outcomes = await Promise.all(
        addresses.map((to, at) => under.sender.send(someMail({ to, messageId: `<contract-${at}@example.org>` }))),
      );
      expect(outcomes.every((outcome) => outcome.kind === 'sent')).toBe(true);
      expect((await under.seen()).flatMap((mail) => mail.to).sort()).toEqual(addresses.sort());
    });

    test('closing twice is harmless', async () => {
      await under.sender.close();
      await expect(under.sender.close()).resolves.toBeUndefined();
    });
  });
}
