/** What is kept of a card, and of a position that was asked for. */
import { z } from 'zod';
import { codeDigits } from '../kit/one-time-code.ts';
import { spentChallenges } from '../kit/spent-challenges.ts';

const position = z.int().min(1).max(999);

/** Upper- and lower-case letters and digits without the grouping of the print. */
export const serial = z
  .string()
  .transform((printed) => printed.replaceAll(/[\s-]/g, ''))
  .pipe(z.string().regex(/^[0-9A-Za-z]{4,32}$/));

/** PHC string of argon2id, with a bounded cost. */
const hash = z.string().refine((phc) => {
  const [, memory, passes, lanes] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,172}$/.exec(phc) ?? [];
  return memory !== undefined && Number(memory) <= 262_144 && Number(passes) <= 10 && Number(lanes) <= 16;
});

/** For position 1, 2, 3 … in this order. */
const hashes = z.array(hash).min(1).max(999);

export const secret = z.strictObject({
  version: z.literal(1),
  serial: z.string().regex(/^[0-9A-Za-z]{4,32}$/),
  /** Digits of the codes of this card: the settings may have changed since it was printed. */
  digits: codeDigits,
  hashes,
  /** Positions whose code has signed in at least once, in that order. */
  used: z.array(position),
  challenges: spentChallenges,
});
export type Secret = z.infer<typeof secret>;

/** An administrator issues a card, so no enrolment is ever pending. */
export const pending = z.never();

export const challenge = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  /** ms since the epoch. */
  drawnAt: z.int().min(0),
  /** The card that was challenged: a newer one has other codes at the same positions. */
  serial: z.string().regex(/^[0-9A-Za-z]{4,32}$/),
  position,
});
export type Challenge = z.infer<typeof challenge>;

/** Whether the proved code can be asked for again. */
export interface Facts {
  readonly reusable: boolean;
}

/** The format of `dump`. `spent`: used positions. */
export const hashedCard = z.strictObject({
  serial,
  digits: codeDigits.optional(),
  hashes,
  spent: z.array(position).default([]),
});

/** The format of a card printer: in clear text. */
export const clearCard = z.strictObject({
  serial,
  codes: z.record(z.string(), z.string().regex(/^[0-9]{6,8}$/)).refine(isNumberedThrough),
  spent: z.array(position).default([]),
});

/** "1", "2", "3" … without a gap, all codes of one length. */
function isNumberedThrough(codes: Readonly<Record<string, string>>): boolean {
  const all = Object.values(codes);
  const through = all.every((_, index) => Object.hasOwn(codes, String(index + 1)));
  return all.length > 0 && all.length <= 999 && through && new Set(all.map((code) => code.length)).size === 1;
}
