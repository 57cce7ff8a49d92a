import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../time/clock.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createInteractionStore } from './interaction-store.ts';

let store: TemporaryStore;
beforeEach(async () => {
  store = await temporaryStore();
});
afterEach(() => store.close());

const node = async () => createInteractionStore({ storage: await store.again(), clock: systemClock }).adapter;

test('B3-01 a sign-in that finishes on several nodes at once succeeds on one of them only', async () => {
  const nodes = await Promise.all([node(), node(), node(), node()]);
  await nodes[0]?.upsert('a-sign-in', { kind: 'Interaction' }, 60);
  for (const each of nodes) expect(await each.find('a-sign-in')).toMatchObject({ kind: 'Interaction' });
  const ended = await Promise.allSettled(nodes.map((each) => each.destroy('a-sign-in')));
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const one of ended)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ error: 'invalid_request', statusCode: 400 });
});
