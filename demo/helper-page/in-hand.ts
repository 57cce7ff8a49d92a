/** What a person of the story needs at the next page of a sign-in: password, number of the card, codes. Pure. */
import type { KeptMessage } from '../../adapters/message-store.ts';
import { currentCode, type CurrentCode } from '../current-code.ts';
import type { ShownPerson } from '../shown-person.ts';

export interface InHand {
  readonly username: string;
  readonly password: string;
  /** The number that the card is asked for, and its code. */
  readonly card: { readonly number: string; readonly code: string } | undefined;
  readonly app: CurrentCode | undefined;
  /** The code in the newest message of the last minutes. */
  readonly message: { readonly channel: string; readonly code: string } | undefined;
}

/** How long a code from a message is shown (ms). */
const codeLasts = 10 * 60_000;

export function inHand(person: ShownPerson, messages: readonly KeptMessage[], now: number): InHand {
  const { username, password, cards, totp } = person;
  const card = cards.find(({ active, asked }) => active && asked !== undefined);
  const code = card?.asked === undefined ? undefined : card.codes[card.asked];
  const app = totp[0] === undefined ? undefined : currentCode(totp[0], now);
  const message = newestCode(person, messages, now);
  return {
    username,
    password,
    card: code === undefined ? undefined : { number: String(card?.asked), code },
    app,
    message,
  };
}

/** Of the newest message alone: an earlier code counts no more. */
function newestCode({ email, phones }: ShownPerson, messages: readonly KeptMessage[], now: number): InHand['message'] {
  const theirs = messages.filter(({ to, at }) => (to === email || phones.includes(to)) && now - at < codeLasts);
  const last = theirs.at(-1);
  const code = /\b\d{6}\b/.exec(last?.text ?? '')?.[0];
  return last && code !== undefined ? { channel: last.channel === 'sms' ? 'text message' : 'mail', code } : undefined;
}
