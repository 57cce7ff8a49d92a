/** Hands messages to the outbox, within the person's limits: counted first, in one conditional write, then queued. */
import { newOwedId, type People } from '../people/people.ts';
import type { OwedMessage, Person } from '../people/person.ts';
import type { Judged } from './counting.ts';
import { maySend, sent, type SendingLimits } from './sendings.ts';

export type Queue = (messages: readonly { readonly id: string; readonly message: OwedMessage }[]) => Promise<void>;
export type Dispatch = (person: Person, messages: readonly OwedMessage[], now: number) => Promise<Judged<undefined>>;

export function createDispatch({
  people,
  limits,
  queue,
}: {
  readonly people: People;
  readonly limits: SendingLimits;
  readonly queue: Queue;
}): Dispatch {
  return async (person, messages, now) => {
    if (messages.length === 0) return { ok: true, value: undefined };
    let until: number | undefined;
    await people.change(person.id, (current) => {
      const may = maySend(current.sendings, now, limits);
      until = may.ok ? undefined : may.until;
      return may.ok ? { ...current, sendings: sent(current.sendings, now) } : undefined;
    });
    if (until !== undefined) return { ok: false, reason: 'sending_paused', until };
    await queue(messages.map((message) => ({ id: newOwedId(), message })));
    return { ok: true, value: undefined };
  };
}
