import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { movableClock } from '../time/clock.ts';
import { createDropOldLines } from './drop-old-lines.ts';

const day = 86_400_000;

test('A-211d once a day, lines older than `audit.retentionDays` are dropped; after a failure, again at the next sweep', async () => {
  const clock = movableClock(1000 * day);
  const asked: number[] = [];
  let isDown = false;
  const audit = {
    dropBefore: async (instant: number) => {
      asked.push(instant / day);
      if (isDown) throw new Error('The store is away.');
      return 0;
    },
  };
  const sweep = createDropOldLines({ audit, clock, log: pino({ level: 'silent' }), retentionDays: 365 });
  await sweep();
  await sweep();
  clock.advance(day - 1);
  await sweep();
  expect(asked).toEqual([635]);
  clock.advance(1);
  isDown = true;
  await sweep();
  await sweep();
  isDown = false;
  await sweep();
  await sweep();
  expect(asked).toEqual([635, 636, 636, 636]);
});
