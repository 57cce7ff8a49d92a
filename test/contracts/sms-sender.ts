/** The contract of senders of text messages (adapters/sms/port.ts) as tests: call it once for each implementation. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sms, SmsSender } from '../../adapters/sms/port.ts';

export interface SmsSenderUnderTest {
  readonly sender: SmsSender;
  /** Everything that arrived, oldest first. */
  seen(): Promise<readonly Pick<Sms, 'to' | 'text'>[]>;
  close(): Promise<void>;
}

export const someSms = (over: Partial<Sms> = {}): Sms => ({
  to: '+32470123456',
  text: '123456 is your code.\n\n@login.example.org #123456',
  messageId: '<contract-1@example.org>',
  ...over,
});

/** Each would reach another person, more than one, or a service, if it were read as anything but one number. */
export const hostileNumbers = [
  '',
  '+',
  '32470123456',
  '0470123456',
  '0032470123456',
  '+0470123456',
  '+32 470 12 34 56',
  '+32470123456,+32470123457',
  '+32470123456;+32470123457',
  '+32470123456\n+32470123457',
  '+32470123456\r\nBcc: +32470123457',
  '+32470123456&To=%2B32470123457',
  '+32470123456;ext=1',
  '+３２４７０１２３４５６',
  '+3247012345678901',
  '+32470',
  'tel:+32470123456',
  'whatsapp:+32470123456',
  'messenger:12345678',
  '*31#+32470123456',
  '1212',
];

export function smsSenderContract(name: string, open: () => Promise<SmsSenderUnderTest>): void {
  describe(`sms sender contract: ${name}`, () => {
    let under: SmsSenderUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(async () => {
      await under.close();
    });

    test('a message arrives once, at one number, unchanged with its lines', async () => {
      expect(await under.sender.send(someSms())).toMatchObject({ kind: 'sent' });
      expect(await under.seen()).toEqual([{ to: '+32470123456', text: someSms().text }]);
    });

    test('letters of any script and signs of any form arrive as they were written', async () => {
      const text = 'Beste Zoë, 「例え」 — 100 % & más=+; ça va? 😀\n@x #1';
      expect(await under.sender.send(someSms({ text }))).toMatchObject({ kind: 'sent' });
      expect((await under.seen()).map((sms) => sms.text)).toEqual([text]);
    });

    test.each(hostileNumbers)('B12-07 %j reaches nobody', async (to) => {
      expect(await under.sender.send(someSms({ to }))).toMatchObject({ kind: 'refused' });
      expect(await under.seen()).toEqual([]);
    });

    test('twenty at once all arrive, each at its own number', async () => {
      const numbers = Array.from({ length: 20 }, (_, at) => `+324701234${String(at).padStart(2, '0')}`);
      const outcomes = await Promise.all(
        numbers.map((to, at) => under.sender.send(someSms({ to, messageId: `<contract-${at}@example.org>` }))),
      );
      expect(outcomes).toMatchObject(outcomes.map(() => ({ kind: 'sent' })));
      expect((await under.seen()).map(({ to }) => to).sort()).toEqual(numbers);
    });

    test('closing twice is harmless', async () => {
      await under.sender.close();
      await expect(under.sender.close()).resolves.toBeUndefined();
    });
  });
}
