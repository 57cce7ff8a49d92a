import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { Collection, Storage } from '../adapters/storage/port.ts';
import { newPendingId } from '../accounts/pending-id.ts';
import { movableClock } from '../time/clock.ts';
import { counting } from '../test/harness/storage-wrappers.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { auditSegments, createAuditTrail, type AuditTrail } from './audit-log.ts';
import { headAfter, nextSegment, noHead, type Segment } from './hash-chain.ts';
import { auditHeads, type HeadWitness } from './sealed-head.ts';

const start = 1_700_000_000_000;
const day = 86_400_000;
const clock = movableClock(start);
const secretBox = createSecretBox(Buffer.alloc(32, 7));
const entries = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: newPendingId(),
    event: { at: n, actor: 'cli:ann', action: 'key.on' },
  }));

let store: TemporaryStore;
let trail: AuditTrail;
/** The store as an attacker sees it who has its password, but not the root key. */
let segments: Collection<Segment>;
let heads: Collection<{ readonly sealed: string }>;
const open = (storage: Storage, witness?: HeadWitness) => createAuditTrail({ storage, clock, secretBox, witness });
const inMemory = (): HeadWitness => {
  let kept: string | undefined;
  return { read: async () => kept, write: async (sealed) => void (kept = sealed) };
};

beforeEach(async () => {
  clock.set(start);
  store = await temporaryStore(clock);
  trail = open(store.storage);
  const outside = await store.again();
  segments = outside.collection(auditSegments);
  heads = outside.collection(auditHeads);
  for (const size of [2, 3, 1]) await trail.append(entries(size));
});
afterEach(() => store.close());
const idOf = (segment: number) => String(segment).padStart(12, '0');
const headNow = async () => {
  const stored = await heads.get('head');
  if (!stored) throw new Error('There is no head.');
  return stored;
};

describe('A-211a an attacker who can only write the store is noticed', () => {
  test('a process killed between the log and the head raises no alarm', async () => {
    expect(await open(await store.again()).verify()).toMatchObject({ ok: true, entries: 6 });
    await trail.settle();
    await trail.append(entries(4));
    expect(await open(await store.again()).verify()).toMatchObject({ ok: true, entries: 10 });
  });

  test('a cut-off end', async () => {
    await trail.settle();
    await segments.remove(idOf(3));
    expect(await trail.verify()).toEqual({ ok: false, line: 6, why: 'cut' });
    await segments.remove(idOf(2));
    await segments.remove(idOf(1));
    expect(await open(await store.again()).verify()).toEqual({ ok: false, line: 1, why: 'cut' });
  });

  test('a log rewritten from the first line, by the same rules with another key', async () => {
    await trail.settle();
    const forged = createSecretBox(Buffer.alloc(32, 8));
    let head = noHead;
    for (let number = 1; number <= 3; number += 1) {
      const segment = nextSegment((text) => forged.digest(text, 'audit chain'), head, entries(2), start);
      head = headAfter(segment);
      const stored = await segments.get(idOf(number));
      await segments.replace(idOf(number), segment, stored?.version ?? '');
    }
    expect(await trail.verify()).toEqual({ ok: false, line: 1, why: 'altered' });
  });

  test('the hashes depend on the root key: the same lines under another one have others', async () => {
    const same = entries(3);
    const hashesUnder = async (seed: number) => {
      const own = await temporaryStore(clock);
      try {
        const box = createSecretBox(Buffer.alloc(32, seed));
        const one = createAuditTrail({ storage: own.storage, clock, secretBox: box });
        await one.append(same);
        return (await one.list({ limit: 3 })).map(({ hash }) => hash);
      } finally {
        await own.close();
      }
    };
    const [first, again, other] = [await hashesUnder(7), await hashesUnder(7), await hashesUnder(8)];
    expect(again).toEqual(first);
    expect(other.filter((hash) => first.includes(hash))).toEqual([]);
  });

  test('a head that was removed, replaced, or sealed by another key', async () => {
    await trail.settle();
    const { value, version } = await headNow();
    const next = await heads.replace('head', { sealed: `${value.sealed.slice(0, -2)}AA` }, version);
    expect(await trail.verify()).toEqual({ ok: false, line: 1, why: 'head_missing' });
    const other = createSecretBox(Buffer.alloc(32, 8)).seal({ last: noHead, before: noHead }, 'audit head');
    await heads.replace('head', { sealed: other }, next ?? '');
    expect(await trail.verify()).toEqual({ ok: false, line: 1, why: 'head_missing' });
    await heads.remove('head');
    // Neither a new process nor a running one makes another head: that would hide it.
    const later = open(await store.again());
    await later.append(entries(1));
    await later.settle();
    await trail.append(entries(1));
    await trail.settle();
    expect(await later.verify()).toEqual({ ok: false, line: 1, why: 'head_missing' });
  });

  test('an older head restored together with its log: the witness outside the store shows it', async () => {
    const witness = inMemory();
    const watched = open(await store.again(), witness);
    await watched.append(entries(1));
    await watched.settle();
    const old = await headNow();
    await watched.append(entries(3));
    await watched.settle();
    expect(await watched.verify()).toMatchObject({ ok: true, entries: 10 });
    await heads.replace('head', old.value, (await headNow()).version);
    await segments.remove(idOf(5));
    expect(await open(await store.again(), witness).verify()).toEqual({ ok: false, line: 8, why: 'cut' });
  });

  test('a cut is still reported after further appends, whether the process knew the old end, began later, or has a witness', async () => {
    const witness = inMemory();
    const watched = open(await store.again(), witness);
    await watched.append(entries(1));
    await watched.settle();
    // Has the log of three lines ago in memory, as another node may.
    await segments.remove(idOf(4));
    await segments.remove(idOf(3));
    const begun = open(await store.again(), witness);
    for (const one of [begun, open(await store.again()), begun]) {
      for (let more = 0; more < 3; more += 1) await one.append(entries(1));
      await one.settle();
    }
    expect(await begun.dropBefore(start + day)).toBe(0);
    for (const one of [open(await store.again()), open(await store.again(), witness)])
      expect(await one.verify()).toEqual({ ok: false, line: 7, why: 'altered' });
    // A restored old head does not hide what the witness saw.
    await heads.remove('head');
    await heads.insert('head', { sealed: secretBox.seal({ last: noHead, before: noHead, accepted: 0 }, 'audit head') });
    await begun.append(entries(1));
    await begun.settle();
    expect(await open(await store.again(), witness).verify()).toEqual({ ok: false, line: 7, why: 'altered' });
  });

  test('nodes that append alternately never move the head back', async () => {
    const others = [open(await store.again()), open(await store.again())];
    for (const one of [...others, trail]) await one.append(entries(1));
    for (const one of [trail, ...others]) await one.settle();
    expect(secretBox.open((await headNow()).value.sealed, 'audit head')).toMatchObject({ last: { seq: 9 } });
  });

  test('an append stays one write', async () => {
    const calls = counting(await store.again());
    const counted = open(calls);
    await counted.append(entries(1));
    calls.reset();
    await counted.append(entries(1));
    expect(calls.calls().by).toEqual({ 'audit.insert': 1 });
  });
});

describe('A-211e an administrator accepts a log that is shorter than its head', () => {
  const accept = (one: AuditTrail) =>
    one.accept({ id: newPendingId(), event: { at: 9, actor: 'cli:ann', action: 'audit.accepted' } });
  let other: HeadWitness;
  beforeEach(async () => {
    other = inMemory();
    const watched = open(await store.again(), other);
    await watched.append(entries(2));
    await watched.settle();
  });

  test('with a line that says so; later cuts are reported again, and old heads no longer count', async () => {
    const before = await headNow();
    await segments.remove(idOf(4));
    const witness = inMemory();
    const admin = open(await store.again(), witness);
    expect(await admin.verify()).toEqual({ ok: false, line: 7, why: 'cut' });
    expect(await accept(admin)).toEqual({ accepted: true, found: { ok: false, line: 7, why: 'cut' } });
    // For another node's witness, which saw more too.
    for (const seen of [witness, other])
      expect(await open(await store.again(), seen).verify()).toMatchObject({ ok: true, entries: 7 });
    const next = open(await store.again(), other);
    await next.append(entries(3));
    await next.settle();
    expect(await open(await store.again(), other).verify()).toMatchObject({ ok: true, entries: 10 });
    // The earlier head is restored: the log is compared with what the witness saw since.
    await heads.replace('head', before.value, (await headNow()).version);
    await segments.remove(idOf(5));
    expect(await open(await store.again(), other).verify()).toEqual({ ok: false, line: 8, why: 'cut' });
  });

  test('a log with an altered or removed line is not accepted, and an intact one is not changed', async () => {
    expect(await accept(trail)).toMatchObject({ accepted: false, found: { ok: true } });
    await segments.remove(idOf(4));
    await segments.remove(idOf(2));
    const sealed = (await headNow()).value;
    expect(await accept(open(await store.again()))).toEqual({
      accepted: false,
      found: { ok: false, line: 3, why: 'missing' },
    });
    expect([await segments.count(), (await headNow()).value]).toEqual([2, sealed]);
  });

  test('killed between the line and the head: reported as before, and the next acceptance succeeds', async () => {
    await segments.remove(idOf(4));
    const inner = await store.again();
    const dying: Storage = {
      ...inner,
      collection: (spec) => ({
        ...inner.collection(spec),
        ...(spec.name === auditHeads.name ? { replace: () => Promise.reject(new Error('killed')) } : {}),
      }),
    };
    await expect(accept(open(dying))).rejects.toThrow('killed');
    const next = open(await store.again());
    expect((await next.verify()).ok).toBe(false);
    expect((await accept(next)).accepted).toBe(true);
    expect(await open(await store.again()).verify()).toMatchObject({ ok: true, entries: 8 });
  });
});

test('A-242: a head sealed under the old root key is sealed again, so that the log verifies without that key', async () => {
  const [first, second] = [Buffer.alloc(32, 7), Buffer.alloc(32, 9)];
  const digestBase = first;
  const under = async (box: ReturnType<typeof createSecretBox>) =>
    createAuditTrail({ storage: await store.again(), clock, secretBox: box });
  await trail.settle();
  clock.set(start + 10 * day);
  await trail.append(entries(2));
  expect(await trail.dropBefore(start + day)).toBe(3);
  const both = await under(createSecretBox(second, { others: [first], digestBase }));
  expect(await both.reseal()).toEqual({ changed: 1, left: 0 });
  expect(await both.reseal()).toEqual({ changed: 0, left: 0 });
  const later = await under(createSecretBox(second, { digestBase }));
  await later.append(entries(1));
  await later.settle();
  expect(await later.verify()).toMatchObject({ ok: true, entries: 3 });
  expect(await (await under(createSecretBox(second, { digestBase }))).list({ limit: 1 })).toMatchObject([{ seq: 9 }]);
});

test('A-242: a head that no configured root key opens stays for verify to report, and counts as left', async () => {
  await trail.settle();
  const other = createSecretBox(Buffer.alloc(32, 9), { digestBase: Buffer.alloc(32, 7) });
  const blind = createAuditTrail({ storage: await store.again(), clock, secretBox: other });
  expect(await blind.reseal()).toEqual({ changed: 0, left: 1 });
  expect(await blind.verify()).toEqual({ ok: false, line: 1, why: 'head_missing' });
});

describe('A-211d lines older than `audit.retentionDays` are dropped from the old end', () => {
  beforeEach(async () => {
    clock.set(start + 10 * day);
    for (const size of [2, 2]) await trail.append(entries(size));
  });

  test('the rest still verifies, is listed, and takes appends', async () => {
    expect(await trail.dropBefore(start + day)).toBe(3);
    expect(await trail.verify()).toMatchObject({ ok: true, entries: 4 });
    const later = open(await store.again());
    await later.append(entries(2));
    expect((await later.list({ after: 0, limit: 100 })).map(({ seq }) => seq)).toEqual([7, 8, 9, 10, 11, 12]);
    expect(await later.verify()).toMatchObject({ ok: true, entries: 6 });
    expect(await later.dropBefore(start + day)).toBe(0);
    // Lines dropped in another way are reported as missing.
    await segments.remove(idOf(4));
    expect(await later.verify()).toEqual({ ok: false, line: 7, why: 'missing' });
  });

  test('the last segment stays, however old', async () => {
    expect(await trail.dropBefore(start + 1000 * day)).toBe(4);
    expect(await trail.verify()).toMatchObject({ ok: true, entries: 2 });
    await trail.append(entries(1));
    expect(await open(await store.again()).verify()).toMatchObject({ ok: true, entries: 3 });
  });

  test('killed while it drops: no alarm, and the next call continues', async () => {
    const inner = await store.again();
    let left = 1;
    const dying: Storage = {
      ...inner,
      collection: (spec) => {
        const own = inner.collection(spec);
        return {
          ...own,
          remove: async (...given) => (left-- > 0 ? own.remove(...given) : Promise.reject(new Error('killed'))),
        };
      },
    };
    await expect(open(dying).dropBefore(start + day)).rejects.toThrow('killed');
    expect(await trail.verify()).toMatchObject({ ok: true, entries: 4 });
    expect(await trail.dropBefore(start + day)).toBe(2);
    expect(await segments.count()).toBe(2);
  });
});
