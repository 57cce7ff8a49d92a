import { expect, test } from '@jest/globals';
import { movedTime } from '../test/harness/moved-time.ts';
import { atMost, createBackgroundWork, sharedRun } from './background-work.ts';

function start() {
  const time = movedTime(0);
  const ran: string[] = [];
  return {
    time,
    ran,
    work: createBackgroundWork(time),
    run: (name: string) => () => ran.push(`${name} ${time.clock.now()}`),
  };
}
/** A promise that the test settles. */
function opened() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { promise, resolve: () => resolve(), reject };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a timer runs once: `set` replaces the planned run, `setIfFree` keeps it, `setBy` keeps the sooner one', () => {
  const { time, ran, work, run } = start();
  const [moved, kept, sooner] = [work.timer(), work.timer(), work.timer()];
  moved.set(10, run('moved first'));
  moved.set(20, run('moved'));
  kept.setIfFree(30, run('kept'));
  kept.setIfFree(5, run('kept second'));
  sooner.setBy(50, run('later'));
  sooner.setBy(40, run('sooner'));
  sooner.setBy(40, run('as soon'));
  sooner.setBy(45, run('not sooner'));
  time.advance(100);
  expect(ran).toEqual(['moved 20', 'kept 30', 'sooner 40']);
});

test('a timer that has run is free, also during its run; an instant in the past means now', () => {
  const { time, ran, work, run } = start();
  const timer = work.timer();
  timer.setIfFree(10, () => {
    run('first')();
    timer.setIfFree(10, run('second'));
  });
  time.advance(25);
  timer.setBy(1, run('past'));
  time.advance(0);
  expect(ran).toEqual(['first 10', 'second 20', 'past 25']);
});

test('a cancelled run does not happen, and another one can be planned', () => {
  const { time, ran, work, run } = start();
  const timer = work.timer();
  timer.set(10, run('cancelled'));
  timer.cancel();
  timer.setIfFree(20, run('planned'));
  time.advance(100);
  expect(ran).toEqual(['planned 20']);
});

test('works run in order, and a failure does not stop the next one', async () => {
  const { work, ran } = start();
  const first = opened();
  const done = [
    work.inOrder(() => first.promise),
    work.inOrder(async () => {
      ran.push('second');
    }),
  ];
  await settled();
  expect(ran).toEqual([]);
  first.reject(new Error('first failed'));
  await expect(done[0]).rejects.toThrow('first failed');
  await done[1];
  expect(ran).toEqual(['second']);
});

test('`stop` cancels every timer, plans no other, and waits for the rest; a second call waits for the same', async () => {
  const { time, work, ran, run } = start();
  const timer = work.timer();
  timer.set(10, run('planned'));
  const rest = opened();
  let calls = 0;
  const stopping = work.stop(() => {
    calls += 1;
    expect(work.stopped).toBe(true);
    timer.set(10, run('after the end'));
    return rest.promise;
  });
  const again = work.stop(async () => void (calls += 1));
  let ended = false;
  void again.then(() => (ended = true));
  time.advance(4_999);
  await settled();
  expect(ended).toBe(false);
  rest.reject(new Error('not delivered'));
  await Promise.all([stopping, again]);
  expect({ ran, calls }).toEqual({ ran: [], calls: 1 });
});

test('`stop` waits five seconds for the rest, and no longer', async () => {
  const { time, work } = start();
  const stopping = work.stop(() => opened().promise);
  time.advance(5_000);
  await expect(stopping).resolves.toBeUndefined();
});

test('`atMost` resolves when the work ends, and then leaves no timer behind', async () => {
  const { time } = start();
  const cancelled: string[] = [];
  const scheduler = { after: () => () => cancelled.push('cancelled') };
  await atMost(scheduler, 10, Promise.resolve());
  expect(cancelled).toEqual(['cancelled']);
  const waiting = atMost(time.scheduler, 10, opened().promise);
  time.advance(10);
  await waiting;
});

test('a shared run starts again only after it has ended', async () => {
  const runs: ReturnType<typeof opened>[] = [];
  const shared = sharedRun(() => {
    const one = opened();
    runs.push(one);
    return one.promise;
  });
  const [first, second] = [shared.run(), shared.run()];
  expect(runs).toHaveLength(1);
  expect(shared.underWay).toBe(first);
  runs[0]?.resolve();
  await Promise.all([first, second]);
  expect(shared.underWay).toBeUndefined();
  void shared.run();
  expect(runs).toHaveLength(2);
});
