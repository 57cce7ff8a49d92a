/**
 * The challenges that a key has already answered, stored in its secret state. The core replaces that state by
 * compare-and-swap before a success counts, so of parallel answers to one challenge exactly one wins. The memory is
 * bounded without forgetting: a dropped entry raises `before`.
 */
import { z } from 'zod';
import { accepted, refused } from '../contract.ts';
import type { Outcome } from '../contract.ts';

const remembered = 16;

/** One challenge: `at` is when it was made (ms). */
export interface ChallengeMark {
  readonly id: string;
  readonly at: number;
}

export const spentChallenges = z.strictObject({
  /** Every challenge made at or before this instant (ms) counts as answered. */
  before: z.int().min(0),
  marks: z.array(z.strictObject({ id: z.string().min(16).max(64), at: z.int().min(0) })).max(remembered),
});
export type SpentChallenges = z.infer<typeof spentChallenges>;

export const noneSpent: SpentChallenges = Object.freeze({ before: 0, marks: [] });

/** The memory after this challenge was answered; `code_used` if it had been answered before. */
export function spend(spent: SpentChallenges, { id, at }: ChallengeMark): Outcome<SpentChallenges> {
  if (at <= spent.before || spent.marks.some((mark) => mark.id === id)) return refused('code_used');
  const marks = [...spent.marks, { id, at }].sort((one, other) => one.at - other.at);
  const dropped = marks.length > remembered ? marks.shift() : undefined;
  return accepted({ before: dropped ? Math.max(spent.before, dropped.at) : spent.before, marks });
}
