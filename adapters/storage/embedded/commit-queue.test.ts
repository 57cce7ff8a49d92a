import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { commitQueue } from './commit-queue.ts';
import type { Job } from './commit-queue.ts';
import { Handle } from './handle.ts';
import type { Open } from './handle.ts';

const NOW = 5;
let folder: string;
let handle: Handle;
let commits: number;
/** The error of COMMIT, as SQLite would throw it; `undefined`: it works. */
let failing: { errcode: number } | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'queue-'));
  handle = new Handle({ file: join(folder, 'store.db') });
  handle.create();
  commits = 0;
  failing = undefined;
});
afterEach(() => {
  handle.close();
  rmSync(folder, { recursive: true });
});

const watched = (open: Open): Open => {
  const run = (): number => {
    commits += 1;
    if (failing) throw Object.assign(new Error('as told'), failing);
    return open.statements.commit.run();
  };
  return { ...open, statements: { ...open.statements, commit: { ...open.statements.commit, run } } };
};

const queue = (): ReturnType<typeof commitQueue> =>
  commitQueue({
    handle: {
      use: (work) => handle.use((open) => work(watched(open))),
      assertInPlace: (open) => handle.assertInPlace(open),
      judge: (error) => handle.judge(error),
      report: (error) => handle.report(error),
    },
    now: () => NOW,
    patience: 0,
  });

const add =
  (id: string): Job<string> =>
  ({ statements }, now) => {
    statements.insert.run(1, id, 'v', null, null, '{}');
    return `${id} at ${now}`;
  };
const there = (): string[] => handle.use(({ statements }) => statements.all.all(1, 0, 1000)).map(({ id }) => id);

test('jobs of one turn of the event loop share a commit and are answered after it', async () => {
  const { write } = queue();
  const answers = Array.from({ length: 64 }, (_, n) => write(add(`n${n}`)));
  expect(commits).toBe(0);
  expect(await Promise.all(answers)).toStrictEqual(Array.from({ length: 64 }, (_, n) => `n${n} at ${NOW}`));
  expect(commits).toBe(1);
  await write(add('later'));
  expect(commits).toBe(2);
  expect(there()).toHaveLength(65);
});

test('many jobs are split into several commits, in the order of arrival', async () => {
  const { write, drained } = queue();
  const ids = Array.from({ length: 300 }, (_, n) => `n${n}`);
  const answered: string[] = [];
  const answers = ids.map(async (id) => answered.push((await write(add(id))).split(' ')[0] ?? ''));
  await drained();
  await Promise.all(answers);
  expect(answered).toStrictEqual(ids);
  expect(there()).toStrictEqual(ids);
  expect(commits).toBe(3);
});

test('a job that throws affects no other job and leaves no change', async () => {
  const { write } = queue();
  const outcomes = await Promise.allSettled([
    write(add('a')),
    write((open, now) => {
      add('half')(open, now);
      throw new RangeError('mine alone');
    }),
    write(add('b')),
    write((open, now) => {
      add('b')(open, now);
      open.statements.addEntry.run(1, 'x', 'half');
      throw new TypeError('mine too');
    }),
    write(add('c')),
  ]);
  expect(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason))),
  ).toStrictEqual(['a at 5', 'RangeError: mine alone', 'b at 5', 'TypeError: mine too', 'c at 5']);
  expect(there()).toStrictEqual(['a', 'b', 'c']);
  expect(commits).toBe(1);
});

test.each([
  ['full', 13],
  ['outcome-unknown', 1034],
  ['unreachable', 14],
])('a commit that fails rejects all as %s and nothing is applied', async (reason, errcode) => {
  const { write } = queue();
  failing = { errcode };
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((id) => write(add(id))));
  expect(outcomes).toMatchObject(
    ['a', 'b', 'c'].map(() => ({ status: 'rejected', reason: { name: 'StorageUnavailable', reason } })),
  );
  expect(there()).toStrictEqual([]);
  failing = undefined;
  await write(add('d'));
  expect(there()).toStrictEqual(['d']);
});
