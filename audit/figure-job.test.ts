import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { movedTime } from '../test/harness/moved-time.ts';
import { createFigureJob } from './figure-job.ts';
import { FoldingStopped, type FoldOptions } from './fold-figures.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function start(fold: (options: FoldOptions | undefined) => Promise<{ readonly lines: number }>) {
  const time = movedTime(0);
  const logs: string[] = [];
  let isLeader = true;
  const job = createFigureJob({
    ...time,
    figures: { fold },
    log: pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) }),
    leader: { isLeader: () => isLeader, onElected: () => undefined },
  });
  return { time, job, logs, lose: () => (isLeader = false) };
}

test('A-343 the leader counts once a minute, others never; a failure is told and tried again', async () => {
  let [folds, fails] = [0, false];
  const { time, job, logs, lose } = start(async () => {
    folds += 1;
    if (fails) throw new Error('full');
    return { lines: 1 };
  });
  job.start();
  const minute = async () => {
    time.advance(60_000);
    await settled();
    await settled();
  };
  await minute();
  await minute();
  expect(folds).toBe(2);
  fails = true;
  await minute();
  expect(logs.join('')).toContain('figures.delayed');
  fails = false;
  await minute();
  expect(folds).toBe(4);
  lose();
  await minute();
  expect(folds).toBe(4);
  await job.stop();
});

test('A-343 it stops between two slices, and that is no failure', async () => {
  let asked = 0;
  const { job, logs } = start(async ({ goesOn = () => true } = {}) => {
    for (;;) {
      if (!goesOn()) throw new FoldingStopped('Stopped.');
      asked += 1;
      await settled();
    }
  });
  const looking = job.look();
  looking.catch(() => undefined);
  await settled();
  await job.stop();
  await expect(looking).rejects.toThrow(FoldingStopped);
  expect(asked).toBeGreaterThan(0);
  expect(logs).toEqual([]);
});
