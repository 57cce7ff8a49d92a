/**
 * Processes that append to one audit log are killed (-9) at any moment, above all between a line and the sealed head:
 * no false alarm, and a real cut is reported.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSecretBox } from '../../adapters/secret-box.ts';
import { createAuditWitness } from '../../app/audit-witness.ts';
import { auditSegments, createAuditTrail } from '../../audit/audit-log.ts';
import { systemClock as clock } from '../../time/clock.ts';
import { seeded } from '../harness/storage-wrappers.ts';
import { temporaryStore, type TemporaryStore } from '../harness/temporary-store.ts';

const rounds = 4;
const nodes = 4;
const chance = seeded(7);

let store: TemporaryStore;
const children: ChildProcess[] = [];
beforeEach(async () => {
  store = await temporaryStore();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await store.close();
});

/** Kills the process after this many words; resolves with how many lines it had reported as durable. */
async function appendUntilKilled(words: number): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'append-on.ts'), store.address, store.folder],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  let said: string[] = [];
  let text = '';
  child.stdout.on('data', (part: Buffer) => {
    text += part.toString();
    said = text.split('\n').slice(0, -1);
    if (said.length >= words) child.kill('SIGKILL');
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  return said.filter((word) => word === 'line').length;
}

const asNow = async () =>
  createAuditTrail({
    storage: await store.again(),
    clock,
    secretBox: createSecretBox(Buffer.alloc(32, 7)),
    witness: createAuditWitness(store.folder, 'one-and-the-same'),
  });

test(`A-211a ${nodes} processes, killed ${rounds} times each: no alarm, no line lost; a later cut is reported`, async () => {
  let durable = 0;
  for (let round = 0; round < rounds; round += 1) {
    const lines = await Promise.all(
      Array.from({ length: nodes }, () => appendUntilKilled(1 + Math.floor(chance() * 14))),
    );
    durable += lines.reduce((sum, count) => sum + count, 0);
    const verified = await (await asNow()).verify();
    expect(verified).toMatchObject({ ok: true });
    expect(verified.ok && verified.entries).toBeGreaterThanOrEqual(durable);
  }
  // The last head is behind the log: seal it, as the next process does.
  const next = await asNow();
  await next.append([{ id: 'the last', event: { at: 1, actor: 'els', action: 'key.off' } }]);
  await next.settle();
  expect(await next.verify()).toMatchObject({ ok: true });
  const segments = (await store.again()).collection(auditSegments);
  const count = await segments.count();
  await segments.remove(String(count).padStart(12, '0'));
  expect(await (await asNow()).verify()).toMatchObject({ ok: false, why: 'cut' });
  // Further kills after the cut do not hide it.
  await appendUntilKilled(14);
  expect((await (await asNow()).verify()).ok).toBe(false);
}, 120_000);
