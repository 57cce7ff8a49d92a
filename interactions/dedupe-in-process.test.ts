import { expect, test } from '@jest/globals';
import type { RouterContext } from '@koa/router';
import { createDedupeInProcess } from './dedupe-in-process.ts';

const from = (cookie: string, path = '/interaction/u/prove-key') =>
  ({ path, get: () => cookie }) as unknown as RouterContext;
const form = { code: '123456', action: 'continue' };

/** A judge that answers when the test lets it, and counts its calls. */
function slowJudge(answers: readonly (string | undefined)[]) {
  const done: (() => void)[] = [];
  let calls = 0;
  return {
    calls: () => calls,
    release: () => done.splice(0).forEach((go) => go()),
    judge: async () => {
      const answer = answers[calls];
      calls += 1;
      await new Promise<void>((resolve) => done.push(resolve));
      return answer;
    },
  };
}

test('the same form from the same browser at the same moment is judged once', async () => {
  const dedupe = createDedupeInProcess();
  const { judge, calls, release } = slowJudge(['/next']);
  const both = Promise.all([dedupe(from('a'), form, judge), dedupe(from('a'), { ...form }, judge)]);
  release();
  expect(await both).toEqual(['/next', '/next']);
  expect(calls()).toBe(1);
});

test('another browser, another page, other fields or a later try is judged separately', async () => {
  const dedupe = createDedupeInProcess();
  const { judge, calls, release } = slowJudge(['1', '2', '3', '4', '5']);
  const all = Promise.all([
    dedupe(from('a'), form, judge),
    dedupe(from('b'), form, judge),
    dedupe(from('a', '/interaction/u/password'), form, judge),
    dedupe(from('a'), { ...form, code: '123457' }, judge),
  ]);
  release();
  expect(await all).toEqual(['1', '2', '3', '4']);
  const later = dedupe(from('a'), form, judge);
  release();
  expect(await later).toBe('5');
  expect(calls()).toBe(5);
});

test('a page that was rendered for one request is rendered again for the other', async () => {
  const dedupe = createDedupeInProcess();
  const { judge, calls, release } = slowJudge([undefined, undefined]);
  const [one, other] = [dedupe(from('a'), form, judge), dedupe(from('a'), form, judge)];
  release();
  expect(await one).toBeUndefined();
  await new Promise((resolve) => setImmediate(resolve));
  release();
  expect(await other).toBeUndefined();
  expect(calls()).toBe(2);
});

test('a fault fails both requests, and is not cached', async () => {
  const dedupe = createDedupeInProcess();
  const fail = () => Promise.reject(new Error('the store is gone'));
  const both = [dedupe(from('a'), form, fail), dedupe(from('a'), form, fail)];
  for (const one of both) await expect(one).rejects.toThrow('the store is gone');
  expect(await dedupe(from('a'), form, () => Promise.resolve('/next'))).toBe('/next');
});
