/**
 * Queues messages in the outbox, within the person's limits: counted first, in one conditional write, then queued.
 * Sends nothing for a disabled account or a blocked key, and does not reveal it.
 */
import type { Judged } from '../factors/reasons.ts';
import { newPendingId, type People } from '../accounts/person-store.ts';
import type { AskedFor, Key, OutgoingMessage, Person } from '../accounts/person.ts';
import { mayResend, maySend, sent, type SendingLimits } from './send-limits.ts';
import type { SmsLimits } from './sms-limits.ts';
import { defined } from '../accounts/defined.ts';

export interface LiveCode {
  readonly purpose: string;
  readonly id: string;
}

export type Queue = (messages: readonly { readonly id: string; readonly message: OutgoingMessage }[]) => Promise<void>;
/**
 * Returns the ids of the messages in the outbox; none for an account that is disabled or gone, or a key that was
 * blocked or removed meanwhile.
 * @param key the key of the code: the next code for it must wait, in any sign-in, until this one was answered correctly
 * @param code the one valid code of a purpose that belongs to no key; earlier codes are void
 * @param askedFor stored with the key of the code
 * @param from network from which the password came
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

/** The decision that was made when the message was counted. */
interface Counted {
  /** The account as it was. */
  readonly before: Person;
  /** Nothing may be sent: the account is disabled, or the key blocked or gone. */
  readonly isShut: boolean;
  /** Sending is paused until then (ms). */
  readonly until?: number;
}

export function createSendMessages({
  people,
  limits,
  smsLimits,
  queue,
}: {
  readonly people: People;
  readonly limits: SendingLimits;
  /** Limits of text messages; absent if none are sent. */
  readonly smsLimits?: SmsLimits | undefined;
  readonly queue: Queue;
}): SendMessages {
  return async (person, messages, now, { key, code, from, askedFor } = {}) => {
    if (messages.length === 0) return { ok: true, value: [] };
    const items = messages.map((message) => ({ id: newPendingId(), message }));
    const ids = items.map(({ id }) => id);
    /** The code that was sent before can no longer be answered in another sign-in. */
    const asking = ({ askedFor: _before, ...other }: Key): Key => ({
      ...other,
      askedAt: now,
      codeAt: now,
      ...(askedFor === undefined ? {} : { askedFor: { ...askedFor, messages: ids } }),
    });
    const updated = await people.update<Counted>(person.id, (before) => {
      const asked = before.keys.find(({ id }) => id === key);
      const isShut = before.disabled || (asked !== undefined && asked.status !== 'active');
      const last = asked?.askedAt;
      const again = last === undefined ? ({ ok: true } as const) : mayResend(last, now, limits);
      const may = again.ok ? maySend(before.sendings, now, limits) : again;
      if (!may.ok) return { result: { before, isShut, until: may.until } };
      const keys = before.keys.map((other) => (other.id === key ? asking(other) : other));
      const codes = code === undefined ? {} : { codes: { ...before.codes, [code.purpose]: code.id } };
      const account = { ...before, ...codes, keys, sendings: sent(before.sendings, now) };
      return { account, result: { before, isShut } };
    });
    if (updated?.result.until !== undefined)
      return { ok: false, reason: 'sending_paused', until: updated.result.until };
    if (!updated || updated.result.isShut) return { ok: true, value: [] };
    for (const message of messages) {
      const may =
        message.channel === 'sms' && smsLimits ? await smsLimits.may(message, person.id, now, from) : undefined;
      if (may?.ok === false) {
        await people.change(person.id, (current) => unsent(current, updated.result.before, { key, code, at: now }));
        return may;
      }
    }
    await queue(items);
    return { ok: true, value: ids };
  };
}

/** No message was sent: an earlier code is still valid, if there is one, and there is nothing to wait for. */
function unsent(
  current: Person,
  before: Person,
  { key, code, at }: { readonly key: string | undefined; readonly code: LiveCode | undefined; readonly at: number },
): Person {
  const asked = before.keys.find(({ id }) => id === key);
  const keys = current.keys.map((held) => {
    if (held.id !== key || held.codeAt !== at) return held;
    const { askedAt: _at, codeAt: _code, askedFor: _for, ...rest } = held;
    return {
      ...rest,
      ...defined({ askedAt: asked?.askedAt, codeAt: asked?.codeAt, askedFor: asked?.askedFor }),
    };
  });
  const codes = code !== undefined && current.codes?.[code.purpose] === code.id ? before.codes : current.codes;
  const { codes: _codes, ...rest } = current;
  const last = current.sendings.lastIndexOf(at);
  return {
    ...rest,
    ...defined({ codes }),
    keys,
    sendings: current.sendings.filter((_sent, index) => index !== last),
  };
}
