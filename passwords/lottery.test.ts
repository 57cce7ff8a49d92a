import { describe, expect, test } from '@jest/globals';
import { createSecretBox } from '../adapters/secret-box.ts';
import { createLottery } from './lottery.ts';
import { countTry, sourceOf, type Sources, type Standing } from './source-limits.ts';

const box = createSecretBox(new Uint8Array(32).fill(7));
const limits = { pauseAfter: 5, blockAfter: Infinity };
const start = 1_704_880_000_000;
const hour = 3_600_000;

/** One name, any number of sources, each tried at any time. */
function name(usual: ReadonlySet<string> = new Set()) {
  const lottery = createLottery((text) => box.digest(text, 'lottery'));
  let sources: Sources = {};
  return {
    attempt: (source: string, now: number): boolean => {
      const standing: Standing = {
        isUsual: (one) => usual.has(one),
        draws: (one, round) => lottery.draws('an', one, round, now),
      };
      const counted = countTry(sources, source, now, limits, standing);
      if (counted.ok) ({ sources } = counted);
      return counted.ok;
    },
  };
}

describe('A-212a: the tries that strangers share are drawn by lot', () => {
  test('thirty addresses try without a break: a new address gets its share, and need not be fast', () => {
    const { attempt } = name();
    const theirs = Array.from({ length: 30 }, (_, index) => `attacker-${index}`);
    for (let now = start; now < start + hour; now += 10_000) for (const one of theirs) attempt(one, now);
    let admitted = 0;
    // The owner tries every half a minute, after all of them.
    for (let now = start + hour; now < start + 3 * hour; now += 5_000) {
      for (const one of theirs) attempt(one, now);
      if (now % 30_000 === 0 && attempt('owner', now)) admitted += 1;
    }
    // Seven sources share the rest, in 240 rounds.
    expect(admitted).toBeGreaterThan(240 / 7 / 2);
  });

  test('frequent requests are no advantage, and an IPv6 /48 draws one lot', () => {
    const lottery = createLottery((text) => box.digest(text, 'lottery'));
    let won = 0;
    const rounds = 600;
    for (let round = 0; round < rounds; round += 1) {
      const now = start + round * 30_000;
      for (let again = 0; again < 20; again += 1) lottery.draws('an', `wide.${again}.${again}`, now, now);
      lottery.draws('an', 'narrow', now, now);
      if (lottery.draws('an', 'narrow', now, now)) won += 1;
    }
    expect(won).toBeGreaterThan(rounds * 0.4);
    expect(won).toBeLessThan(rounds * 0.6);
  });
});

test('A-212b: usual places have their own tries, whatever strangers do', () => {
  const { attempt } = name(new Set(['home']));
  for (let now = start; now < start + hour; now += 10_000)
    for (let index = 0; index < 30; index += 1) attempt(`attacker-${index}`, now);
  for (let slip = 0; slip < 5; slip += 1) expect(attempt('home', start + hour + slip)).toBe(true);
  expect(attempt('home', start + hour + 5)).toBe(false);
});

test('A-212c: for one name at most 24 × 11 and 125 passwords are compared in an hour, from any number of networks', () => {
  const { attempt } = name();
  const admitted: number[] = [];
  for (let now = start; now < start + 2 * hour; now += 10_000)
    for (let index = 0; index < 60; index += 1) if (attempt(`attacker-${index}`, now)) admitted.push(now);
  const most = Math.max(...admitted.map((end) => admitted.filter((at) => at > end - hour && at <= end).length));
  expect(most).toBeLessThanOrEqual(24 * 11 + 125);
});

test('A-212d: an IPv6 /48 gets the tries of four networks, a /56 of two', () => {
  const source = (third: number, fourth: number) =>
    sourceOf(`2001:db8:${third.toString(16)}:${fourth.toString(16)}::1`, box);
  const admitted = (sources: readonly string[]) => {
    const { attempt } = name();
    return sources.filter((one) => attempt(one, start)).length;
  };
  const all = Array.from({ length: 400 }, (_, index) => index);
  expect(admitted(all.map(() => source(1, 1)))).toBe(5);
  expect(admitted(all.map((index) => source(1, index % 20)))).toBe(10);
  expect(admitted(all.map((index) => source(1, (index % 20) * 256)))).toBe(20);
});

describe('who takes part in a round, with a lot that the least name wins', () => {
  const byName = () => createLottery((text) => text);
  const named = (index: number) => `s${String(index).padStart(4, '0')}`;

  test('a source takes part for two minutes after it asked, to the millisecond', () => {
    const lottery = byName();
    lottery.draws('an', 'a', start, start);
    expect(lottery.draws('an', 'b', start, start + 119_999)).toBe(false);
    expect(lottery.draws('an', 'b', start, start + 120_000)).toBe(true);
  });

  test('a name has the 64 sources that asked last', () => {
    const lottery = byName();
    for (let index = 0; index < 64; index += 1) lottery.draws('an', named(index), start, start);
    expect(lottery.draws('an', named(1), start, start)).toBe(false);
    lottery.draws('an', named(64), start, start);
    expect(lottery.draws('an', named(1), start, start)).toBe(true);
  });

  test.each([
    [1_999, false],
    [2_000, true],
  ])('after %i further names the first one is forgotten: %p', (further, isForgotten) => {
    const lottery = byName();
    lottery.draws('an', 'a', start, start);
    for (let index = 0; index < further; index += 1) lottery.draws(named(index), 'a', start, start);
    expect(lottery.draws('an', 'b', start, start)).toBe(isForgotten);
  });

  test('each round has new lots', () => {
    const lots: Readonly<Record<string, string>> = { 'an 1 a': '0', 'an 1 b': '1', 'an 2 a': '1', 'an 2 b': '0' };
    const lottery = createLottery((text) => lots[text] ?? '');
    expect([lottery.draws('an', 'a', 1, start), lottery.draws('an', 'b', 1, start)]).toEqual([true, false]);
    expect(lottery.draws('an', 'b', 2, start)).toBe(true);
  });
});
