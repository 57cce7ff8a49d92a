/** For factors whose key is a mailbox or a telephone number: sends a code to it, and judges the answer. */
import { accepted } from '../contract.ts';
import type { FactorMessage, Input, Outcome, Proved, Shows, Tools } from '../contract.ts';
import { checkCode, makeCode, type SentCode } from './one-time-code.ts';
import { spend, type SpentChallenges } from './spent-challenges.ts';

/** The purpose of a code, and the name of its message; the code is useless for another purpose. */
export type CodePurpose = 'code' | 'registration';

export interface Sending {
  readonly channel: FactorMessage['channel'];
  readonly to: string;
  readonly purpose: CodePurpose;
  /** Further values of the message, beside the code and its minutes. */
  readonly data: FactorMessage['data'];
  /** The masked recipient, for the page. */
  readonly shows: Shows;
}

export interface CodeOnItsWay {
  readonly sent: SentCode;
  readonly shows: Shows;
  readonly messages: readonly FactorMessage[];
  /** ms */
  readonly expiresAt: number;
}

export function sendCode(
  { settings, random, now }: Tools<{ readonly digits: number; readonly lifetimeMinutes: number }>,
  { channel, to, purpose, data, shows }: Sending,
): CodeOnItsWay {
  const { digits, lifetimeMinutes: minutes } = settings;
  const { code, sent } = makeCode({ random, now, purpose: wordsOf(purpose, to), digits, lifetime: minutes * 60_000 });
  const { expiresAt } = sent;
  return {
    sent,
    shows: { ...shows, minutes, digits, sentAt: now },
    messages: [{ channel, to, template: purpose, data: { ...data, code, minutes }, expiresAt }],
    expiresAt,
  };
}

export interface Given {
  readonly sent: SentCode;
  readonly to: string;
  readonly input: Input;
  readonly now: number;
}

/** Refuses with `code_expired`, `code_malformed`, `code_wrong`. */
export const judgeRegistration = ({ to, ...given }: Given): Outcome<undefined> =>
  checkCode({ ...given, purpose: wordsOf('registration', to) });

/** A proof: the same, and with `code_used` for a code that has already counted. */
export function judgeCode<Secret extends { readonly spent: SpentChallenges }>(
  secret: Secret,
  { to, ...given }: Given,
): Outcome<Proved<Secret, Readonly<Record<string, never>>>> {
  const checked = checkCode({ ...given, purpose: wordsOf('code', to) });
  if (!checked.ok) return checked;
  const { sent } = given;
  const spent = spend(secret.spent, { id: sent.id, at: sent.sentAt });
  return spent.ok ? accepted({ secret: { ...secret, spent: spent.value }, facts: {} }) : spent;
}

const wordsOf = (purpose: CodePurpose, to: string): string => `${purpose} ${to}`;
