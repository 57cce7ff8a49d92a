/** Sends nothing: stores text messages (`adapters/message-store.ts`), with the mails. */
import type { KeptMessages } from '../../message-store.ts';
import { isOneNumber, type SmsSender } from '../port.ts';

export function createOutboxSmsSender({ kept }: { readonly kept: Pick<KeptMessages, 'keep'> }): SmsSender {
  return {
    async send({ to, text }) {
      if (!isOneNumber(to)) return { kind: 'refused', cause: 'not one number' };
      try {
        await kept.keep({ channel: 'sms', to, text });
      } catch (error) {
        return { kind: 'retry', cause: error instanceof Error ? error.name : 'fault', server: true };
      }
      return { kind: 'sent' };
    },
    close: async () => {},
  };
}
