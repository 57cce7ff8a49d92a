import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { StorageUnavailable } from '../adapters/storage/port.ts';
import { until } from '../test/harness/until.ts';
import { createRetriedAppends } from './retried-appends.ts';

const line = (id: string) => [{ id, event: { at: 1, actor: 'system', action: 'key.proved' } }];
const gone = new StorageUnavailable('unreachable', 'as asked');

function trail() {
  const state = { fault: undefined as Error | undefined, written: [] as string[] };
  const append = (entries: readonly { readonly id: string }[]): Promise<void> => {
    if (state.fault) return Promise.reject(state.fault);
    state.written.push(...entries.map(({ id }) => id));
    return Promise.resolve();
  };
  const logged: string[] = [];
  const log = pino({ base: null }, { write: (text: string) => void logged.push(text) });
  return { state, append, logged, notes: createRetriedAppends({ log }) };
}

test('D-03 a line that the store refused is written once the store works', async () => {
  const { state, append, logged, notes } = trail();
  state.fault = gone;
  notes.note(append, line('a'));
  notes.note(append, line('b'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(state.written).toEqual([]);
  state.fault = undefined;
  await until('both are written', () => state.written.length === 2);
  expect(state.written.toSorted()).toEqual(['a', 'b']);
  expect(logged).toEqual([]);
  await notes.stop();
  expect(state.written).toHaveLength(2);
});

test('another fault is logged at once, and a process that ends logs what it loses', async () => {
  const { state, append, logged, notes } = trail();
  state.fault = new TypeError('a mistake');
  notes.note(append, line('a'));
  await until('it is said', () => logged.length === 1);
  state.fault = gone;
  notes.note(append, line('b'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(logged).toHaveLength(1);
  await notes.stop();
  expect(logged.map((one) => JSON.parse(one) as unknown)).toMatchObject([
    { event: 'audit.failed', action: 'key.proved' },
    { event: 'audit.failed', action: 'key.proved' },
  ]);
});
