import { describe, expect, test } from '@jest/globals';
import {
  afterAcceptance,
  afterLook,
  isAcceptable,
  type ConfigurationRecord,
  type Found,
} from './configuration-book.ts';
import type { ConfigurationFacts } from './configuration-facts.ts';

const facts: ConfigurationFacts = { factors: [], clients: [], secureAccount: true };
const empty: ConfigurationRecord = { told: [], allowed: [], pending: [] };
const hour = 3_600_000;
const found = (digest: string, stranded: number, now: number, closes = false): Found => ({
  digest,
  facts,
  stranded,
  closes,
  now,
  event: { at: now, actor: 'system', action: 'configuration.strands' },
});
/** Leaders look one after the other: configuration, how many it strands, and the hour. */
const looks = (...each: readonly (readonly [digest: string, stranded: number, hours: number])[]) =>
  each.reduce<ConfigurationRecord>(
    (record, [digest, stranded, hours]) => afterLook(record, found(digest, stranded, hours * hour)) ?? record,
    empty,
  );
const lines = (record: ConfigurationRecord) => record.pending.map(({ event }) => event.at / hour);

describe('A-404 a configuration that strands people is told once for each change', () => {
  test.each([
    ['one that strands nobody is what later ones are compared with', [['a', 0, 0]], [], 'a'],
    [
      'a start with it',
      [
        ['a', 0, 0],
        ['b', 3, 1],
      ],
      [1],
      'a',
    ],
    [
      'starts again',
      [
        ['a', 0, 0],
        ['b', 3, 1],
        ['b', 3, 2],
        ['b', 3, 900],
      ],
      [1],
      'a',
    ],
    [
      'old and new side by side',
      [
        ['a', 0, 0],
        ['b', 3, 1],
        ['a', 0, 2],
        ['b', 3, 3],
        ['a', 0, 4],
        ['b', 3, 5],
      ],
      [1],
      'a',
    ],
    [
      'the old one for a day, then the new one again',
      [
        ['a', 0, 0],
        ['b', 3, 1],
        ['a', 0, 2],
        ['b', 3, 26],
      ],
      [1, 26],
      'a',
    ],
    [
      'the old one for less than a day',
      [
        ['a', 0, 0],
        ['b', 3, 1],
        ['a', 0, 2],
        ['b', 3, 25.9],
      ],
      [1],
      'a',
    ],
    [
      'another change',
      [
        ['a', 0, 0],
        ['b', 3, 1],
        ['c', 4, 2],
        ['b', 3, 3],
      ],
      [1, 2],
      'a',
    ],
    [
      'people moved meanwhile',
      [
        ['a', 0, 0],
        ['b', 3, 1],
        ['b', 0, 900],
      ],
      [1],
      'b',
    ],
    [
      'the very first one',
      [
        ['b', 3, 1],
        ['b', 3, 2],
      ],
      [1],
      undefined,
    ],
  ] as const)('%s', (_what, each, told, accepted) => {
    const record = looks(...each);
    expect([lines(record), record.accepted?.digest]).toEqual([told, accepted]);
  });

  test('a look that finds what is known writes nothing', () => {
    expect(afterLook(looks(['a', 0, 0]), found('a', 0, hour))).toBeUndefined();
    expect(afterLook(looks(['a', 0, 0], ['b', 3, 1]), found('b', 3, 2 * hour))).toBeUndefined();
  });

  test('what is kept has bounds', () => {
    const many = looks(...Array.from({ length: 50 }, (_, at) => [`b${at}`, 3, at] as const));
    expect(many.told.length).toBeLessThanOrEqual(20);
  });
});

describe('A-402 what was accepted counts', () => {
  const allowance = { digest: 'b', stranded: 3, reason: 'x', by: 'cli:ann', at: hour };
  const event = { at: hour, actor: 'cli:ann', action: 'configuration.accepted' } as const;
  const accepted = (record: ConfigurationRecord) => afterAcceptance(record, allowance, facts, event);

  test.each([
    ['as many', 'b', 3, 2 * hour, true],
    ['fewer', 'b', 1, 2 * hour, true],
    ['more', 'b', 4, 2 * hour, false],
    ['another configuration', 'c', 3, 2 * hour, false],
    ['30 days later, less a moment', 'b', 3, 721 * hour - 1, true],
    ['30 days later', 'b', 3, 721 * hour, false],
  ] as const)('%s', (_what, digest, stranded, now, is) => {
    expect(isAcceptable(accepted(empty), found(digest, stranded, now))).toBe(is);
  });

  test('a relying party that nothing opens counts for nothing', () => {
    expect(isAcceptable(accepted(empty), found('b', 3, 2 * hour, true))).toBe(false);
  });

  test('before the start, also while old and new nodes run side by side; after it at once', () => {
    const before = accepted(looks(['a', 0, 0]));
    expect(before.accepted?.digest).toBe('a');
    const later = ['b', 'a', 'b'].reduce(
      (record, digest, at) => afterLook(record, found(digest, digest === 'b' ? 3 : 0, (at + 2) * hour)) ?? record,
      before,
    );
    expect([later.accepted?.digest, lines(later)]).toEqual(['b', [1]]);
    expect(accepted(looks(['a', 0, 0], ['b', 3, 0.5])).accepted?.digest).toBe('b');
  });
});
