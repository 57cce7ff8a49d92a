/** Sends nothing: stores mails (`adapters/message-store.ts`). */
import type { Clock } from '../../../time/clock.ts';
import { createKeptMessages, type KeptMessages } from '../../message-store.ts';
import type { Storage } from '../../storage/port.ts';
import { isOneAddress, type MailSender } from '../port.ts';

export interface KeptSender extends MailSender, KeptMessages {}

export function createKeptSender(parts: { readonly storage: Storage; readonly clock: Clock }): KeptSender {
  const kept = createKeptMessages(parts);
  return {
    ...kept,
    async send({ to, subject, text, html, language }) {
      if (!isOneAddress(to)) return { kind: 'refused', cause: 'not one address' };
      try {
        await kept.keep({ channel: 'email', to, subject, text, ...(html !== undefined && { html }), language });
      } catch (error) {
        return { kind: 'retry', cause: error instanceof Error ? error.name : 'fault', server: true };
      }
      return { kind: 'sent' };
    },
    close: async () => {},
  };
}

/** Whether a sender is one that stores mails. */
export const isKeptSender = (sender: MailSender): sender is KeptSender => 'messages' in sender;
