import { expect, test } from '@jest/globals';
import { countTry, networksOf, waits, type Sources } from './source-limits.ts';

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

test('each source has its own count, and begins anew after an hour of quiet', () => {
  const sources = tries({}, 'a', 5);
  expect(countTry(sources, 'a', start, limits)).toEqual({ ok: false, until: start + 30_000 });
  expect(countTry(sources, 'b', start, limits).ok).toBe(true);
  expect(waits(sources, limits)).toBe(true);
  expect(countTry(sources, 'a', start + 3_600_000, limits)).toEqual({
    ok: true,
    sources: { a: { count: 1, lastAt: start + 3_600_000 } },
  });
});

test('when two dozen are at it, all further ones share one count with short pauses', () => {
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
