/**
 * Sends nothing: keeps the last messages in the store, where the demo's helper page shows them. They lie there in clear, codes included, so this
 * is for a deployment that has nothing to hide.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Collection, CollectionSpec, Storage } from '../../storage/port.ts';
import { isOneAddress, type Mail, type MailOutcome, type MailSender } from '../port.ts';

export interface KeptMessage {
  readonly channel: 'email';
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly language: string;
  /** ms since the epoch. */
  readonly at: number;
}

export interface KeptSender extends MailSender {
  send(mail: Mail): Promise<MailOutcome>;
  /** Oldest first. */
  messages(): Promise<readonly KeptMessage[]>;
  /** Called after every message that this process keeps; the answer takes the listener off. */
  onMessage(listener: () => void): () => void;
}

const keptAtMost = 500;
/** Older ones are thrown away so many sendings apart. */
const tidyEvery = 20;

export const keptMessages: CollectionSpec<KeptMessage> = { name: 'kept-messages' };

export function createKeptSender({ storage, clock }: { readonly storage: Storage; readonly clock: Clock }): KeptSender {
  const kept: Collection<KeptMessage> = storage.collection(keptMessages);
  const listeners = new Set<() => void>();
  let count = 0;

  /** In order of time; within one millisecond in the order of this process. */
  const newId = (at: number): string =>
    `${String(at).padStart(15, '0')}-${String(count).padStart(9, '0')}-${randomBytes(6).toString('hex')}`;
  const tidy = async (): Promise<void> => {
    const excess = (await kept.count()) - keptAtMost;
    if (excess <= 0) return;
    const { items } = await kept.page({ limit: excess });
    for (const { id } of items) await kept.remove(id);
  };

  return {
    async send({ to, subject, text, html, language }) {
      if (!isOneAddress(to)) return { kind: 'refused', cause: 'not one address' };
      count += 1;
      const at = clock.now();
      const message = {
        channel: 'email',
        to,
        subject,
        text,
        ...(html !== undefined && { html }),
        language,
        at,
      } as const;
      try {
        await kept.insert(newId(at), message);
        if (count % tidyEvery === 0) await tidy();
      } catch (error) {
        return { kind: 'retry', cause: error instanceof Error ? error.name : 'fault', server: true };
      }
      for (const listener of listeners) listener();
      return { kind: 'sent' };
    },
    async messages() {
      const all: KeptMessage[] = [];
      let after: string | undefined;
      do {
        const { items, next } = await kept.page({ limit: keptAtMost, ...(after !== undefined && { after }) });
        all.push(...items.map(({ value }) => value));
        after = next;
      } while (after !== undefined);
      return all.slice(-keptAtMost);
    },
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => listeners.clear(),
  };
}

/** Whether a sender is one that keeps. */
export const isKeptSender = (sender: MailSender): sender is KeptSender => 'messages' in sender;
