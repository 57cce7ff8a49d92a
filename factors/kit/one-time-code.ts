/**
 * Numeric codes that are sent to a person: for factors (e-mail, text message) and for proving an address. A code has a
 * short life, counts once (`spent-challenges.ts`), and is in clear text only in the message; the state has a salted
 * digest, which the core also seals. The digest includes the purpose, so a code for one purpose is useless for another.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { accepted, refused } from '../contract.ts';
import type { Input, Outcome, Random } from '../contract.ts';
import { normaliseCode } from './normalise-code.ts';
import { randomDigits } from './random-digits.ts';

export const codeDigits = z.int().min(6).max(8);
/** Ten minutes is the most that NIST SP 800-63B-4 §3.1.3.2 allows. */
export const longestLifetime = 10 * 60_000;

/** The stored state of a sent code. All instants are ms since the epoch. */
export const sentCode = z.strictObject({
  /** Identifies the code; not secret. */
  id: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  sentAt: z.int().min(0),
  /** First instant at which the code no longer counts. */
  expiresAt: z.int().min(0),
  digits: codeDigits,
  salt: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  digest: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type SentCode = z.infer<typeof sentCode>;

export interface NewCode {
  /** Digits; for the message and nothing else. */
  readonly code: string;
  readonly sent: SentCode;
}

/**
 * @param purpose what the code is for and its recipient; the same text is needed to check it
 * @param lifetime ms, at most ten minutes. Throws a RangeError for fewer than 6 or more than 8 digits, and for a longer
 * life.
 */
export function makeCode(of: {
  random: Random;
  now: number;
  purpose: string;
  digits: number;
  lifetime: number;
}): NewCode {
  if (!codeDigits.safeParse(of.digits).success) throw new RangeError('A one-time code has 6 to 8 digits.');
  if (!(of.lifetime > 0 && of.lifetime <= longestLifetime))
    throw new RangeError('A one-time code lives at most 10 minutes.');
  const code = randomDigits(of.random, of.digits);
  const salt = base64url(of.random.bytes(16));
  return {
    code,
    sent: {
      id: base64url(of.random.bytes(16)),
      sentAt: of.now,
      expiresAt: of.now + of.lifetime,
      digits: of.digits,
      salt,
      digest: base64url(digestOf(code, salt, of.purpose)),
    },
  };
}

/** Refuses with `code_expired`, `code_malformed`, `code_wrong`. Single use is the work of the next secret state. */
export function checkCode(of: { sent: SentCode; purpose: string; input: Input; now: number }): Outcome<undefined> {
  if (of.now >= of.sent.expiresAt) return refused('code_expired');
  const code = normaliseCode(of.input, of.sent.digits);
  if (!code.ok) return code;
  const expected = Buffer.from(of.sent.digest, 'base64url');
  const given = digestOf(code.value, of.sent.salt, of.purpose);
  return expected.length === given.length && timingSafeEqual(expected, given)
    ? accepted(undefined)
    : refused('code_wrong');
}

const digestOf = (code: string, salt: string, purpose: string): Buffer =>
  createHmac('sha256', Buffer.from(salt, 'base64url')).update(`${purpose}\n${code}`, 'utf8').digest();

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
