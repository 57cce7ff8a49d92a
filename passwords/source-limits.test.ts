import { expect, test } from '@jest/globals';
import {
  browserMark,
  countTry,
  levelsOf,
  networksOf,
  ownMachine,
  sourceOf,
  uncountTry,
  waits,
  withoutSource,
  type Sources,
  type Standing,
} from './source-limits.ts';

const limits = { pauseAfter: 5, blockAfter: Infinity };
const start = 1_704_880_000_000;

function tries(sources: Sources, source: string, times: number, now = start): Sources {
  let counted = sources;
  for (let time = 0; time < times; time += 1) {
    const next = countTry(counted, source, now, limits);
    if (!next.ok) throw new Error('Has to wait.');
    counted = next.sources;
  }
  return counted;
}

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1'],
  ['2001:DB8::5', '2001:db8:0:0'],
  ['2001:0db8:0000:0001::', '2001:db8:0:1'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['unknown', 'no address'],
  ['192.0.2.7:4711', 'no address'],
  ['127.1', 'no address'],
  ['', 'no address'],
])('A-207c: the network of %s is %s', (address, network) => {
  expect(networksOf(address).at(-1)).toBe(network);
});

test('each source has its own count, and starts again after a quiet hour', () => {
  const sources = tries({}, 'a', 5);
  expect(countTry(sources, 'a', start, limits)).toEqual({ ok: false, until: start + 30_000 });
  expect(countTry(sources, 'b', start, limits).ok).toBe(true);
  expect(waits(sources, limits)).toBe(true);
  expect(countTry(sources, 'a', start + 3_600_000, limits)).toEqual({
    ok: true,
    sources: { a: { count: 1, lastAt: start + 3_600_000 } },
  });
});

test('beyond two dozen sources, all further ones share one count with short pauses', () => {
  let sources: Sources = {};
  for (let index = 0; index < 24; index += 1) sources = tries(sources, `s${index}`, 1);
  for (let index = 24; index < 29; index += 1) sources = tries(sources, `s${index}`, 1);
  expect(countTry(sources, 's99', start, limits)).toEqual({ ok: false, until: start + 30_000 });
  expect(countTry(sources, 's3', start, limits).ok).toBe(true);
  let now = start;
  for (let round = 0; round < 10; round += 1) {
    now += 30_000;
    sources = tries(sources, `t${round}`, 1, now);
  }
  expect(countTry(sources, 'u', now, limits)).toEqual({ ok: false, until: now + 30_000 });
  expect(Object.keys(sources)).toHaveLength(25);
});

test.each([
  ['192.0.2.7', ['192.0.2.7']],
  ['2001:db8:1:2ff:3::', ['2001:db8:1', '2001:db8:1:200', '2001:db8:1:2ff']],
])('A-207c: %s stands for its networks, the widest first', (address, networks) =>
  expect(networksOf(address)).toEqual(networks),
);

const secretBox = {
  digest: (text: string, purpose: string) => `${purpose.length}${text.replace(/\W/g, '')}xxxxxxxxxxxxxxxxxxxxx`,
};

test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('%s is this machine itself', (address) =>
  expect(sourceOf(address, secretBox)).toBe(ownMachine),
);

test.each([
  ['192.0.2.7', 1, 16],
  ['2001:db8::7', 3, 8],
  ['1127.0.0.1', 1, 16],
  ['::1%eth0', 3, 8],
])('%s is %i digests of %i characters', (address, count, length) =>
  expect(
    sourceOf(address, secretBox)
      .split('.')
      .map((part) => part.length),
  ).toEqual(Array.from({ length: count }, () => length)),
);

test('a wider network has twice as many tries for each step', () => {
  expect(levelsOf('a')).toEqual([{ id: 'a', times: 1 }]);
  expect(levelsOf('a.b.c')).toEqual([
    { id: 'a', times: 4 },
    { id: 'a.b', times: 2 },
    { id: 'a.b.c', times: 1 },
  ]);
});

test('a wider network waits when its parts together have used up its tries', () => {
  const within = (...counts: number[]): Sources =>
    Object.fromEntries(counts.map((count, at) => [`w.m.${at}`, { count, lastAt: start - at }]));
  expect(countTry(within(4, 4), 'w.m.9', start, limits).ok).toBe(true);
  expect(countTry(within(4, 4, 2), 'w.m.9', start, limits)).toEqual({ ok: false, until: start + 30_000 });
  expect(countTry(within(4, 4, 2), 'w.n.9', start, limits).ok).toBe(true);
  expect(countTry({ wm: { count: 40, lastAt: start } }, 'w.m.9', start, limits).ok).toBe(true);
});

const standing = (usual: readonly string[], drawn = true): Standing => ({
  isUsual: (source) => usual.includes(source),
  draws: () => drawn,
});

test('a usual source has its own tries, whatever its networks and strangers do', () => {
  let sources: Sources = {};
  for (let index = 0; index < 30; index += 1)
    sources = { ...sources, [`a.${index}`]: { count: 9, lastAt: start }, others: { count: 9, lastAt: start } };
  const usual = standing(['a.home']);
  expect(countTry(sources, 'a.home', start, limits, usual)).toMatchObject({
    ok: true,
    sources: { 'a.home': { count: 1, lastAt: start } },
  });
  expect(countTry(sources, 'a.else', start, limits, usual).ok).toBe(false);
  const own = { 'a.home': { count: 5, lastAt: start } };
  expect(countTry(own, 'a.home', start, limits, usual)).toEqual({ ok: false, until: start + 30_000 });
  // Usual sources and the shared rest do not count among the two dozen.
  const taken = Object.fromEntries(Array.from({ length: 23 }, (_, at) => [`s${at}`, { count: 1, lastAt: start }]));
  const full = { ...taken, home: { count: 1, lastAt: start }, others: { count: 9, lastAt: start } };
  expect(countTry(full, 'new', start, limits, standing(['home']))).toMatchObject({ sources: { new: { count: 1 } } });
});

test('the shared rest admits one source in each round, by lot', () => {
  const taken = Object.fromEntries(Array.from({ length: 24 }, (_, at) => [`s${at}`, { count: 1, lastAt: start }]));
  const full: Sources = { ...taken, others: { count: 7, lastAt: start } };
  const drawnAt: number[] = [];
  const lot = (drawn: boolean): Standing => ({
    isUsual: () => false,
    draws: (_source, round) => {
      drawnAt.push(round);
      return drawn;
    },
  });
  expect(countTry(full, 'new', start + 29_999, limits, lot(true))).toEqual({ ok: false, until: start + 30_000 });
  expect(countTry(full, 'new', start + 30_000, limits, lot(false))).toEqual({ ok: false, until: start + 60_000 });
  expect(countTry(full, 'new', start + 30_000, limits, lot(true))).toMatchObject({
    ok: true,
    sources: { others: { count: 8, lastAt: start + 30_000 } },
  });
  expect(countTry(full, 'new', start + 95_000, limits, lot(false))).toEqual({ ok: false, until: start + 120_000 });
  expect(drawnAt).toEqual([start, start + 30_000, start + 30_000, start + 90_000]);
});

test('a right password removes its try; if it was the only one, nothing is written', () => {
  const sources: Sources = { a: { count: 3, lastAt: 5 }, b: { count: 1, lastAt: 6 }, others: { count: 2, lastAt: 7 } };
  expect(uncountTry(sources, 'a')).toEqual({ ...sources, a: { count: 2, lastAt: 5 } });
  expect(uncountTry(sources, 'b')).toBeUndefined();
  expect(uncountTry(sources, 'c')).toEqual({ ...sources, others: { count: 1, lastAt: 7 } });
  expect(uncountTry({ b: { count: 2, lastAt: 6 } }, 'c')).toBeUndefined();
});

test('a completed sign-in clears its own network and its own browser, and no other', () => {
  const one = { count: 3, lastAt: 5 };
  const sources: Sources = { a: one, b: one, [`${browserMark}x`]: one, [`${browserMark}y`]: one, others: one };
  expect(Object.keys(withoutSource(sources, 'a', 'x'))).toEqual(['b', `${browserMark}y`, 'others']);
  expect(Object.keys(withoutSource(sources, undefined))).toHaveLength(5);
});

test.each([
  [[4, 4], false],
  [[4, 5], true],
  [[], false],
])('with failures %j somebody has to wait: %s', (counts, expected) => {
  const sources = Object.fromEntries(counts.map((count, at) => [`s${at}`, { count, lastAt: start }]));
  expect(waits(sources, limits)).toBe(expected);
});
