import { expect, test } from '@jest/globals';
import { noneSpent, spend, spentChallenges } from './spent-challenges.ts';
import type { SpentChallenges } from './spent-challenges.ts';

const mark = (number: number, at = number) => ({ id: `challenge-${String(number).padStart(10, '0')}`, at });
const after = (spent: SpentChallenges, number: number, at?: number): SpentChallenges => {
  const outcome = spend(spent, mark(number, at));
  if (!outcome.ok) throw new Error(`${number}: ${outcome.reason}`);
  return outcome.value;
};
const used = { ok: false, reason: 'code_used' };

test('a challenge counts once', () => {
  const spent = after(noneSpent, 1);
  expect(spend(spent, mark(1))).toEqual(used);
  expect(spend(spent, mark(2))).toMatchObject({ ok: true });
});

test('after a thousand others in any order, none of them counts again, and the memory stays small', () => {
  const order = Array.from(
    { length: 1000 },
    (_, index) => 1 + index + (index % 2 === 0 ? 1 : -1) * (index % 7 > 3 ? 1 : 0),
  );
  const numbers = [...new Set(order)];
  let spent = noneSpent;
  for (const number of numbers) spent = after(spent, number);
  for (const number of numbers) expect(spend(spent, mark(number))).toEqual(used);
  expect(spentChallenges.parse(JSON.parse(JSON.stringify(spent)))).toEqual(spent);
  expect(spent.marks).toHaveLength(16);
});

test('two challenges of the same millisecond are two', () => {
  const spent = after(noneSpent, 1, 5);
  expect(spend(spent, mark(2, 5))).toMatchObject({ ok: true });
});

test('forgetting a challenge also closes all that are as old', () => {
  let spent = noneSpent;
  for (let number = 1; number <= 17; number += 1) spent = after(spent, number);
  expect(spent.before).toBe(1);
  expect(spend(spent, mark(99, 1))).toEqual(used);
  expect(spend(spent, mark(99, 2))).toMatchObject({ ok: true });
});

test('the given memory is not changed', () => {
  const spent = Object.freeze({
    before: 0,
    marks: Object.freeze([Object.freeze(mark(2))]),
  }) as unknown as SpentChallenges;
  expect(after(spent, 1).marks).toEqual([mark(1), mark(2)]);
});
