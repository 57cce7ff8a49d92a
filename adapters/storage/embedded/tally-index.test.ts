/**
 * What the contract of all stores cannot test: many entries are counted in slices, and requests are served between
 * them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Storage } from '../port.ts';
import { openEmbedded } from './open-embedded.ts';
import { SQL } from './statements.ts';

let folder: string;
let storage: Storage;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-'));
  storage = await openEmbedded({ file: join(folder, 'store.db'), clock: { now: () => 1_000 } });
});
afterEach(async () => {
  await storage.close();
  await rm(folder, { recursive: true });
});

test('an index of more than two slices is counted completely, and a request in between is answered before the end', async () => {
  const notes = storage.collection<{ owner: string }>({ name: 'notes', indexes: { owner: ({ owner }) => owner } });
  const ids = Array.from({ length: 5_000 }, (_, at) => String(at).padStart(5, '0'));
  await Promise.all(ids.map((id) => notes.insert(id, { owner: Number(id) < 4_600 ? 'ann' : 'bob' })));
  let answered = false;
  const asked = (async () => {
    await new Promise(setImmediate);
    answered = (await notes.get('00001')) !== undefined;
  })();
  const wasAnswered = notes.tally('owner').then((found) => ({ found, answered }));
  expect(await wasAnswered).toEqual({
    found: [
      { key: 'ann', documents: 4_600 },
      { key: 'bob', documents: 400 },
    ],
    answered: true,
  });
  await asked;
});

test.each(['firstKey', 'nextKey', 'slice'] as const)(
  '%s: SQLite goes to its place in the index and scans nothing',
  async (name) => {
    await storage.collection<{ owner: string }>({ name: 'notes', indexes: { owner: ({ owner }) => owner } }).count();
    const database = new DatabaseSync(join(folder, 'store.db'), { readOnly: true });
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${SQL[name]}`).all();
    database.close();
    const reads = plan.map(({ detail }) => String(detail)).filter((detail) => detail.includes('entries'));
    expect(reads).toEqual([expect.stringMatching(/^SEARCH entries USING (PRIMARY KEY|COVERING INDEX)/)]);
  },
);
