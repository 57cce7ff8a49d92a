import { describe, expect, test } from '@jest/globals';
import { assert, integer, option, property, string } from 'fast-check';
import type { Schedule, ScheduleRule } from '../../factors/policy/types.ts';
import type { ShutOut } from './administrators-way.ts';
import { brake, nearMs, type Accepted } from './brake.ts';
import type { Preflight } from './preflight.ts';

const now = 1_000_000_000_000;
const schedule = (...rules: readonly ScheduleRule[]): Schedule => ({
  factor: 'sms',
  rules,
  after: 'refuse',
  replacements: [],
  zone: 'UTC',
});
const on = (sunsetAt: number, over: Partial<ScheduleRule> = {}): ScheduleRule => ({
  scope: { kind: 'all' },
  sunsetAt,
  ...over,
});
const look = (newlyStranded: number, closedClients: readonly string[] = [], closesAll = false): Preflight => ({
  at: now,
  people: 10,
  disabled: 0,
  touched: 5,
  keep: 0,
  still: 0,
  mustReplace: 0,
  stranded: newlyStranded,
  newlyStranded,
  byActivation: 0,
  byClient: [],
  byGroup: [],
  closedClients,
  closesAll,
  shutsOut: undefined,
});
const far = on(now + 10 * nearMs);
const codes = (looks: readonly Preflight[], before: Schedule | undefined, after: Schedule, accepted?: Accepted) =>
  brake({ looks, before, after, accepted, now }).map(({ code }) => code);
const reason = 'the contract ends';

describe('the brake', () => {
  test.each<[string, number, Accepted | undefined, string[]]>([
    ['nobody stranded', 0, undefined, []],
    ['somebody stranded', 3, undefined, ['people_stranded']],
    ['the number accepted', 3, { stranded: 3, reason }, []],
    ['another number accepted', 3, { stranded: 2, reason }, ['stranded_differs']],
    ['more than the number accepted', 3, { stranded: 300, reason }, ['stranded_differs']],
    ['no reason', 3, { stranded: 3, reason: '  ' }, ['reason_missing']],
  ])('%s', (_name, stranded, accepted, expected) =>
    expect(codes([look(0), look(stranded)], undefined, schedule(far), accepted)).toEqual(expected),
  );
  test('a relying party at which no factor signs in is never accepted', () =>
    expect(codes([look(3, ['bank'])], undefined, schedule(far), { stranded: 3, reason })).toEqual([
      'client_would_close',
    ]));
  test('A-337 an installation that no factor signs in to is never accepted', () =>
    expect(codes([look(0), look(3, ['bank'], true)], undefined, schedule(far), { stranded: 3, reason })).toEqual([
      'installation_would_close',
    ]));
  test.each<[ShutOut, string]>([
    [{ kind: 'everywhere' }, 'have a way in any more'],
    [{ kind: 'at', clients: ['console', 'bank'] }, 'have a way in at console, bank any more'],
  ])('A-445 every administrator without a way in (%j) is never accepted', (shutsOut, words) => {
    const looks = [look(0), { ...look(3), shutsOut }];
    for (const stranded of [0, 1, 3])
      expect(brake({ looks, before: undefined, after: schedule(far), accepted: { stranded, reason }, now })).toEqual([
        { code: 'administrators_shut_out', says: expect.stringContaining(words) },
      ]);
  });
  test.each<[string, Schedule | undefined, Schedule, string[]]>([
    ['a week away', undefined, schedule(on(now + nearMs)), []],
    ['a millisecond nearer', undefined, schedule(on(now + nearMs - 1)), ['day_near']],
    ['yesterday', schedule(far), schedule(on(now - 1)), ['day_near']],
    ['near already, and put off', schedule(on(now + 5)), schedule(on(now + 9)), []],
    ['near already, and brought nearer', schedule(on(now + 9)), schedule(on(now + 5)), ['day_near']],
    ['near already, and untouched', schedule(on(now + 5)), schedule(on(now + 5)), []],
    [
      'an extension that is near',
      undefined,
      schedule(on(now + 5, { extends: true, scope: { kind: 'group', id: 'a' } })),
      [],
    ],
    ['lifted', schedule(on(now + 5)), schedule(), []],
    ['of deletion (A-338)', undefined, schedule({ scope: { kind: 'all' }, purgeAt: now - 1 }), ['day_near']],
    ['of deletion that stays', schedule(on(now - 9)), schedule(on(now - 9, { purgeAt: now + 1 })), []],
  ])('a day %s', (_name, before, after, expected) => expect(codes([look(0)], before, after)).toEqual(expected));
  test('a day that is near takes a zero and a reason', () =>
    expect(codes([look(0)], undefined, schedule(on(now)), { stranded: 0, reason })).toEqual([]));
});

test('nobody is ever stranded without that very number and a reason', () => {
  assert(
    property(
      integer({ min: 1, max: 50 }),
      option(integer({ min: 0, max: 50 })),
      string(),
      (stranded, accepted, why) => {
        const may =
          codes(
            [look(stranded)],
            undefined,
            schedule(far),
            accepted === null ? undefined : { stranded: accepted, reason: why },
          ).length === 0;
        expect(may).toBe(accepted === stranded && why.trim() !== '');
      },
    ),
  );
});
