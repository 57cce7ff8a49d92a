import { expect, test } from '@jest/globals';
import { batchAppends } from './batched-appends.ts';

const line = (id: string) => ({ id, event: { at: 1, actor: 'system', action: 'key.proved' } });

/** An audit log whose writes last until the test releases them. */
function slowTrail() {
  const written: string[][] = [];
  const waiting: (() => void)[] = [];
  return {
    written,
    letGo: () => waiting.shift()?.(),
    append: async (entries: readonly { readonly id: string }[]) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      written.push(entries.map(({ id }) => id));
    },
  };
}
const soon = () => new Promise((resolve) => setTimeout(resolve, 10));

test('events of one moment are one write', async () => {
  const trail = slowTrail();
  const lines = batchAppends(trail, 1);
  const both = Promise.all([lines.append([line('a')]), lines.append([line('b'), line('c')])]);
  while (trail.written.length === 0) {
    await soon();
    trail.letGo();
    await soon();
  }
  await both;
  expect(trail.written).toEqual([['a', 'b', 'c']]);
});

test('a flush also waits for running writes, because the store is closed after it', async () => {
  const trail = slowTrail();
  const lines = batchAppends(trail, 1);
  const first = lines.append([line('a')]);
  await soon();
  let flushed = false;
  const flush = lines.flush().then(() => (flushed = true));
  await soon();
  expect([flushed, trail.written]).toEqual([false, []]);
  trail.letGo();
  await flush;
  await first;
  expect(trail.written).toEqual([['a']]);
});

test('a flush does not wait for the moment to pass', async () => {
  const written: string[] = [];
  const lines = batchAppends({ append: async (entries) => void written.push(...entries.map(({ id }) => id)) }, 60_000);
  const first = lines.append([line('a')]);
  await lines.flush();
  await first;
  expect(written).toEqual(['a']);
});

test('the caller of `append` learns of a failure, the caller of `flush` does not', async () => {
  const lines = batchAppends({ append: () => Promise.reject(new Error('full')) }, 1);
  const failed = lines.append([line('a')]).catch((error: unknown) => error);
  await lines.flush();
  expect(await failed).toEqual(new Error('full'));
});

test('an event without a write of its own joins the next write, and is not lost at the end', async () => {
  const written: string[][] = [];
  const trail = {
    append: async (entries: readonly { readonly id: string }[]) => void written.push(entries.map(({ id }) => id)),
  };
  const lines = batchAppends(trail, 1);
  const mentioned = lines.appendPatiently([line('a')]);
  await soon();
  await soon();
  expect(written).toEqual([]);
  await lines.append([line('b')]);
  await mentioned;
  expect(written).toEqual([['a', 'b']]);

  const noted = lines.append([line('c')]);
  await Promise.all([noted, lines.appendPatiently([line('d')])]);
  expect(written).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);

  const last = lines.appendPatiently([line('e')]);
  await lines.flush();
  await last;
  expect(written.at(-1)).toEqual(['e']);
});
