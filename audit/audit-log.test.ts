import { afterEach, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { movableClock } from '../time/clock.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { newPendingId } from '../accounts/pending-id.ts';
import { counting, seeded, withLatency } from '../test/harness/storage-wrappers.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { canonicalJson } from '../accounts/account-mac.ts';
import { follow, nextSegment, noHead, type Entry, type Segment } from './hash-chain.ts';
import { createAuditTrail } from './audit-log.ts';

let store: TemporaryStore | undefined;
afterEach(() => store?.close());

const clock = movableClock(1_700_000_000_000);
const secretBox = createSecretBox(Buffer.alloc(32, 7));
const mac = (text: string) => secretBox.digest(text, 'audit chain');
const entry = (n: number, id = newPendingId()): Entry => ({
  id,
  event: { at: n, actor: `cli:${n % 2}`, action: n % 3 === 0 ? 'key.on' : 'schedule.changed', person: `p${n % 5}` },
});

test('lines are numbered without a gap, and an id is written once, also after a restart', async () => {
  store = await temporaryStore(clock);
  const trail = createAuditTrail({ storage: store.storage, clock, secretBox });
  const entries = Array.from({ length: 10 }, (_, n) => entry(n, n % 2 === 0 ? newPendingId() : `foreign-${n}`));
  await trail.append(entries.slice(0, 4));
  await trail.append(entries.slice(2, 7));
  const later = createAuditTrail({ storage: await store.again(), clock, secretBox });
  await later.append(entries);
  await trail.append([...entries, ...entries]);
  const lines = await trail.list({ limit: 100 });
  expect(lines.map(({ seq, id }) => [seq, id])).toEqual(entries.map(({ id }, index) => [index + 1, id]));
  expect(await later.verify()).toEqual({ ok: true, entries: 10, head: lines.at(-1)?.hash });
});

test('property: with any number of parallel appends and duplicates, each event is written once and the chain verifies', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer(),
      async (writers, size, seed) => {
        const own = await temporaryStore(clock);
        try {
          const storages: Storage[] = [own.storage];
          while (storages.length < writers) storages.push(await own.again());
          const trails = storages.map((storage, index) =>
            createAuditTrail({
              storage: withLatency(storage, { min: 0, max: 1, seed: seed + index }),
              clock,
              secretBox,
            }),
          );
          const draw = seeded(seed);
          const entries = Array.from({ length: size }, (_, n) =>
            entry(n, draw() < 0.5 ? newPendingId() : `foreign-${n}`),
          );
          // Every event by two writers, as after a crash or when two relays run at once.
          const work = [...entries, ...entries].map(async (one) => trails[Math.floor(draw() * writers)]?.append([one]));
          await Promise.all(work);
          const lines = await trails[0]?.list({ after: 0, limit: 1000 });
          expect(lines?.map(({ id }) => id).toSorted()).toEqual(entries.map(({ id }) => id).toSorted());
          expect(await trails[0]?.verify()).toMatchObject({ ok: true, entries: size });
        } finally {
          await own.close();
        }
      },
    ),
    { numRuns: 12 },
  );
});

test('under load an event costs less than one store call', async () => {
  store = await temporaryStore(clock);
  const calls = counting(withLatency(store.storage, { min: 1, max: 1, seed: 1 }));
  const trail = createAuditTrail({ storage: calls, clock, secretBox });
  await trail.append([entry(0)]);
  calls.reset();
  await Promise.all(Array.from({ length: 200 }, (_, n) => trail.append([entry(n)])));
  expect(calls.calls().total).toBeLessThan(20);
  calls.reset();
  await trail.append([entry(1)]);
  expect(calls.calls().by).toEqual({ 'audit.insert': 1 });
});

test('many lines: newest, from a line on, and filtered', async () => {
  store = await temporaryStore(clock);
  const trail = createAuditTrail({ storage: store.storage, clock, secretBox });
  for (let batch = 0; batch < 30; batch += 1)
    await trail.append(Array.from({ length: (batch % 4) + 1 }, (_, n) => entry(batch * 10 + n)));
  const all = await trail.list({ after: 0, limit: 1000 });
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
  expect(await trail.list({ limit: 7 })).toEqual(all.slice(-7));
  for (const after of [0, 1, 13, all.length - 1, all.length, all.length + 5])
    expect(await trail.list({ after, limit: 9 })).toEqual(all.slice(after, after + 9));
  const keys = await trail.list({ after: 0, limit: 1000, filter: { action: 'key', person: 'p1', since: 40 } });
  expect(keys).toEqual(all.filter(({ event }) => event.action === 'key.on' && event.person === 'p1' && event.at >= 40));
  expect(keys.length).toBeGreaterThan(0);
});

test('every caller learns of a failure, and may try again', async () => {
  store = await temporaryStore(clock);
  const { storage } = store;
  let broken = true;
  const faulty: Storage = {
    ...storage,
    collection: (spec) => {
      const inner = storage.collection(spec);
      return { ...inner, insert: (...given) => (broken ? Promise.reject(new Error('full')) : inner.insert(...given)) };
    },
  };
  const trail = createAuditTrail({ storage: faulty, clock, secretBox });
  const entries = [entry(1), entry(2)];
  const results = await Promise.allSettled(entries.map((one) => trail.append([one])));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  await trail.append(entries);
  expect(await trail.verify()).toMatchObject({ ok: true, entries: 2 });
});

function chain(): Segment[] {
  const segments: Segment[] = [];
  let head = noHead;
  for (const size of [1, 3, 2, 4]) {
    const segment = nextSegment(
      mac,
      head,
      Array.from({ length: size }, (_, n) => entry(head.seq + n)),
      5,
    );
    const after = follow(mac, head, segment);
    if ('why' in after) throw new Error(after.why);
    head = after;
    segments.push(segment);
  }
  return segments;
}
function verdict(segments: readonly unknown[]) {
  let head = noHead;
  for (const segment of segments) {
    const after = follow(mac, head, segment);
    if ('why' in after) return after;
    head = after;
  }
  return { entries: head.seq };
}

test('property: verify names the altered line, whichever part was altered', () => {
  const alterations: ((line: Segment['lines'][number]) => object)[] = [
    (line) => ({ ...line, event: { ...line.event, actor: 'somebody else' } }),
    (line) => ({ ...line, event: { ...line.event, extra: true } }),
    (line) => ({ ...line, id: 'other' }),
    (line) => ({ ...line, writtenAt: line.writtenAt + 1 }),
    (line) => ({ ...line, hash: line.hash.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')) }),
  ];
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.constantFrom(...alterations), (seq, alter) => {
      const segments = chain().map((segment) => ({
        ...segment,
        lines: segment.lines.map((line) => (line.seq === seq ? alter(line) : line)),
      }));
      expect(verdict(segments)).toEqual({ line: seq, why: 'altered' });
    }),
  );
});

test('verify names a rewritten line with a matching hash, because of its successor', () => {
  const segments = chain();
  const victim = segments[1] as Segment;
  const forged = nextSegment(
    mac,
    { segment: 1, seq: 1, hash: victim.lines[0]?.previous ?? '' },
    [entry(99), ...victim.lines.slice(1)],
    5,
  );
  const lines = [forged.lines[0] as Segment['lines'][number], ...victim.lines.slice(1)];
  expect(verdict(segments.with(1, { ...victim, lines }))).toEqual({ line: 2, why: 'altered' });
});

test.each([
  [
    'a line taken out',
    (all: Segment[]) => all.with(1, { ...(all[1] as Segment), lines: (all[1] as Segment).lines.toSpliced(1, 1) }),
    { line: 3, why: 'missing' },
  ],
  ['a segment taken out', (all: Segment[]) => all.toSpliced(1, 1), { line: 2, why: 'missing' }],
  ['a segment emptied', (all: Segment[]) => all.with(2, { number: 3, lines: [] }), { line: 5, why: 'unreadable' }],
  [
    'two lines swapped',
    (all: Segment[]) => all.with(1, { ...(all[1] as Segment), lines: (all[1] as Segment).lines.toReversed() }),
    { line: 2, why: 'missing' },
  ],
  ['nothing', (all: Segment[]) => all, { entries: 10 }],
])('%s', (_, tamper, expected) => {
  expect(verdict(tamper(chain()))).toEqual(expected);
});

test('a cut-off end is found by a line noted elsewhere', async () => {
  store = await temporaryStore(clock);
  const trail = createAuditTrail({ storage: store.storage, clock, secretBox });
  await trail.append([entry(1), entry(2)]);
  const [first, second] = await trail.list({ after: 0, limit: 2 });
  expect(await trail.verify({ line: 2, hash: second?.hash ?? '' })).toMatchObject({ ok: true });
  expect(await trail.verify({ line: 3, hash: second?.hash ?? '' })).toEqual({
    ok: false,
    line: 3,
    why: 'head_differs',
  });
  expect(await trail.verify({ line: 1, hash: second?.hash ?? '' })).toEqual({
    ok: false,
    line: 1,
    why: 'head_differs',
  });
  expect(first?.previous).toBe('');
});

test('canonical JSON ignores the order of keys and absent values, nothing else', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: undefined })).toBe(
    canonicalJson({ b: [1, { c: 'é', d: null }] }),
  );
  expect(canonicalJson({ a: '1' })).not.toBe(canonicalJson({ a: 1 }));
});
