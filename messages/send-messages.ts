/**
 * Hands messages to the outbox, within the person's limits: counted first, in one conditional write, then queued. For whom nothing may open any more
 * nothing leaves; that it did not shows nowhere.
 */
import type { Judged } from '../factors/reasons.ts';
import { newPendingId, type People } from '../accounts/person-store.ts';
import type { AskedFor, Key, OutgoingMessage, Person } from '../accounts/person.ts';
import { mayResend, maySend, sent, type SendingLimits } from './send-limits.ts';
import type { SmsLimits } from './sms-limits.ts';

export interface LiveCode {
  readonly purpose: string;
  readonly id: string;
}

export type Queue = (messages: readonly { readonly id: string; readonly message: OutgoingMessage }[]) => Promise<void>;
/**
 * Gives the messages' ids in the outbox; none for an account that is disabled or gone, or a key that was blocked or taken away meanwhile.
 * @param key whose code it is: the next one for it has to wait, in whatever sign-in, until this one was answered rightly
 * @param code the one live code for a purpose that no key stands for; any before it is void
 * @param askedFor what is kept with the key of the code that is sent
 * @param from network that the password came from
 */
export type SendMessages = (
  person: Person,
  messages: readonly OutgoingMessage[],
  now: number,
  by?: {
    readonly key?: string;
    readonly code?: LiveCode;
    readonly from?: string | undefined;
    readonly askedFor?: Omit<AskedFor, 'messages'> | undefined;
  },
) => Promise<Judged<readonly string[]>>;

export function createSendMessages({
  people,
  limits,
  smsLimits,
  queue,
}: {
  readonly people: People;
  readonly limits: SendingLimits;
  /** Judges text messages; absent where none leave. */
  readonly smsLimits?: SmsLimits | undefined;
  readonly queue: Queue;
}): SendMessages {
  return async (person, messages, now, { key, code, from, askedFor } = {}) => {
    if (messages.length === 0) return { ok: true, value: [] };
    const items = messages.map((message) => ({ id: newPendingId(), message }));
    const ids = items.map(({ id }) => id);
    /** What was sent before may not be answered in another sign-in any more. */
    const asking = ({ askedFor: _before, ...other }: Key): Key => ({
      ...other,
      askedAt: now,
      codeAt: now,
      ...(askedFor === undefined ? {} : { askedFor: { ...askedFor, messages: ids } }),
    });
    let until: number | undefined;
    let isShut = true;
    await people.change(person.id, (current) => {
      const asked = current.keys.find(({ id }) => id === key);
      isShut = current.disabled || (asked !== undefined && asked.status !== 'active');
      const before = asked?.askedAt;
      const again = before === undefined ? ({ ok: true } as const) : mayResend(before, now, limits);
      const may = again.ok ? maySend(current.sendings, now, limits) : again;
      until = may.ok ? undefined : may.until;
      if (!may.ok) return undefined;
      const keys = current.keys.map((other) => (other.id === key ? asking(other) : other));
      const codes = code === undefined ? {} : { codes: { ...current.codes, [code.purpose]: code.id } };
      return { ...current, ...codes, keys, sendings: sent(current.sendings, now) };
    });
    if (until !== undefined) return { ok: false, reason: 'sending_paused', until };
    if (isShut) return { ok: true, value: [] };
    for (const message of messages) {
      const may =
        message.channel === 'sms' && smsLimits ? await smsLimits.may(message, person.id, now, from) : undefined;
      if (may?.ok === false) return may;
    }
    await queue(items);
    return { ok: true, value: ids };
  };
}
