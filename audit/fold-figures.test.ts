/**
 * Folding against a model that counts as things happen, never from the log; killed in the middle, done by two at once,
 * and computed anew.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { Collection, Storage } from '../adapters/storage/port.ts';
import { newPendingId } from '../accounts/pending-id.ts';
import type { AuditEvent } from '../accounts/person.ts';
import { counting, seeded } from '../test/harness/storage-wrappers.ts';
import { storageKind } from '../test/harness/test-storage.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { movableClock } from '../time/clock.ts';
import { addDays, startOfDay } from '../time/calendar.ts';
import { auditSegments, createAuditTrail } from './audit-log.ts';
import { figureDays } from './figure-store.ts';
import { createFigures, FoldingStopped, type Figures } from './fold-figures.ts';
import type { FigureRow } from './figures.ts';

const zone = 'Europe/Brussels';
const clock = movableClock(startOfDay('2024-01-01', zone));
const secretBox = createSecretBox(Buffer.alloc(32, 7));
let store: TemporaryStore;
beforeEach(async () => {
  clock.set(startOfDay('2024-01-01', zone));
  store = await temporaryStore(clock);
});
afterEach(() => store.close());

const trailOn = (storage: Storage) => createAuditTrail({ storage, clock, secretBox });
const figuresOn = (storage: Storage, audit = trailOn(storage), inZone = zone): Figures =>
  createFigures({ storage, audit, zone: async () => inZone, isFallback: () => false });

const groups = ['staff', 'students', 'guests'];
const clients = ['tax', 'bank'];
const kinds = ['app', 'passkey'];
const lastDay = '2024-02-29';

/** Counts by day, outcome, target, relying party and group. */
type Model = Map<string, number>;
const count = (model: Model, ...key: readonly (string | null)[]) =>
  model.set(JSON.stringify(key), (model.get(JSON.stringify(key)) ?? 0) + 1);

/**
 * People who sign in with `sms`, put it off, move, are refused; what they do stands in the model, and goes into a log
 * in order of time.
 */
function people(
  number: number,
  days: number,
  seed: number,
): { readonly model: Model; readonly events: readonly AuditEvent[] } {
  const draw = seeded(seed);
  const calendar = Array.from({ length: days }, (_, index) => addDays('2024-01-01', index)).map(
    (day) => [day, startOfDay(day, zone)] as const,
  );
  const pick = <T>(from: readonly T[]): T => from[Math.floor(draw() * from.length)] as T;
  const model: Model = new Map();
  const events: AuditEvent[] = [];
  for (let index = 0; index < number; index += 1) {
    const person = `p${index}`;
    const own = groups.filter(() => draw() < 0.4);
    let [times, hasMoved] = [0, false];
    for (let visit = Math.floor(draw() * 2.2); visit > 0 && !hasMoved; visit -= 1) {
      const [day, begins] = pick(calendar);
      const at = begins + Math.floor(draw() * 86_000_000);
      const client = pick(clients);
      const happens = (outcome: string, to: string | null, event: Partial<AuditEvent>) => {
        for (const group of [null, ...own]) count(model, day, outcome, to, client, group);
        const facts = { ...(own.length > 0 && { groups: own }), ...event.facts };
        events.push({ at, actor: person, person, factor: 'sms', client, ...event, facts } as AuditEvent);
      };
      const fate = draw();
      if (draw() < 0.2) happens('asked', null, { action: 'retirement.asked' });
      if (fate < 0.5) {
        times += 1;
        if (times === 1) for (const group of [null, ...own]) count(model, day, 'postponed-first', null, client, group);
        happens('postponed', null, { action: 'retirement.postponed', facts: { times } });
      } else if (fate < 0.8) {
        hasMoved = true;
        const to = pick(kinds);
        happens('moved', to, { action: 'key.on', factor: to, facts: { source: 'enrolled', held: ['sms'] } });
      } else if (fate < 0.9) happens('refused', null, { action: 'retirement.refused' });
      else happens('stranded', null, { action: 'retirement.stranded' });
    }
  }
  return { model, events: events.toSorted((a, b) => a.at - b.at) };
}

async function write(storage: Storage, events: readonly AuditEvent[], size = 500): Promise<void> {
  const trail = trailOn(storage);
  for (let from = 0; from < events.length; from += size) {
    const part = events.slice(from, from + size);
    clock.set(Math.max(clock.now(), part.at(-1)?.at ?? 0));
    await trail.append(part.map((event) => ({ id: newPendingId(), event })));
  }
  await trail.settle();
}

async function counted(figures: Figures): Promise<Model> {
  const found: Model = new Map();
  for (const { day, rows } of await figures.daysOf('sms', undefined, lastDay))
    for (const { outcome, to, client, group, count: number } of rows)
      found.set(JSON.stringify([day, outcome, to, client, group]), number);
  return found;
}
const sorted = (model: Model) => [...model].toSorted(([a], [b]) => (a < b ? -1 : 1));

/** Writing so many lines takes the stand-in of MongoDB minutes; what is counted is the same there. */
const many = storageKind() === 'embedded' ? 100_000 : 10_000;

test(`A-343 what ${many} people did is counted to the person: by day, outcome, target, relying party and group`, async () => {
  const { model, events } = people(many, 28, 1);
  await write(await store.again(), events);
  const calls = counting(store.storage);
  const figures = figuresOn(calls);
  expect(await figures.fold()).toEqual({ lines: events.length });
  // A slice of a thousand lines costs some calls of the store, not some for each line.
  expect(calls.calls().total).toBeLessThan(events.length / 10);
  expect(sorted(await counted(figures))).toEqual(sorted(model));
  expect(await figures.daysOf('sms', undefined, lastDay)).toHaveLength(28);
}, 240_000);

/** Fails at its n-th write of the days or the mark, before or after it was done. */
function failing(storage: Storage, at: number, isDone: boolean): Storage {
  let writes = 0;
  const around = <T extends object>(inner: Collection<T>): Collection<T> => {
    const guarded =
      <Given extends unknown[], Result>(write: (...given: Given) => Promise<Result>) =>
      async (...given: Given): Promise<Result> => {
        writes += 1;
        if (writes === at && !isDone) throw new Error('killed');
        const result = await write(...given);
        if (writes === at) throw new Error('killed');
        return result;
      };
    return {
      ...inner,
      insert: guarded((...given) => inner.insert(...given)),
      replace: guarded((...given) => inner.replace(...given)),
    };
  };
  return {
    ...storage,
    collection: (spec) =>
      spec.name.startsWith('figure') ? around(storage.collection(spec)) : storage.collection(spec),
  };
}

describe('A-343 exactly once', () => {
  test.each([true, false])(
    'killed at any write (after it was done: %s), it goes on without losing or doubling',
    async (isDone) => {
      const { model, events } = people(400, 6, 2);
      let [kills, written] = [0, 0];
      for (let at = 1; ; at += 1) {
        // The log has grown when counting goes on: it meets segments that were counted beside such as were not.
        await write(await store.again(), events.slice(written, written + 40), 4);
        written += 40;
        const dying = figuresOn(failing(await store.again(), ((at - 1) % 12) + 1, isDone));
        const isKilled = await dying.fold().then(
          () => false,
          (error: Error) => error.message === 'killed',
        );
        if (isKilled) kills += 1;
        else if (written >= events.length) break;
      }
      expect(kills).toBeGreaterThan(3);
      const figures = figuresOn(store.storage);
      expect(sorted(await counted(figures))).toEqual(sorted(model));
      expect(await figures.rebuild()).toMatchObject({ differed: [], lines: events.length });
    },
  );

  test('by several processes at once, while the log grows', async () => {
    const { model, events } = people(300, 5, 3);
    const half = Math.floor(events.length / 2);
    await write(await store.again(), events.slice(0, half), 7);
    const folders = await Promise.all([1, 2, 3].map(async () => figuresOn(await store.again())));
    await Promise.all([...folders.map((one) => one.fold()), write(await store.again(), events.slice(half), 7)]);
    await folders[0]?.fold();
    expect(sorted(await counted(folders[1] as Figures))).toEqual(sorted(model));
  });

  test('stopped between slices it goes on where it was', async () => {
    const { model, events } = people(2_000, 5, 4);
    await write(await store.again(), events, 100);
    const figures = figuresOn(store.storage);
    let slices = 0;
    await expect(figures.fold({ goesOn: () => (slices += 1) <= 2 })).rejects.toThrow(FoldingStopped);
    const { lines } = await figures.fold();
    expect(lines).toBeLessThan(events.length);
    expect(sorted(await counted(figures))).toEqual(sorted(model));
  });
});

describe('A-344 computed anew', () => {
  const corrupt = async (change: (rows: readonly FigureRow[]) => readonly FigureRow[], id = 'sms 2024-01-02') => {
    const days = (await store.again()).collection(figureDays);
    const stored = await days.get(id);
    if (!stored) throw new Error(`There is no ${id}.`);
    await days.replace(id, { ...stored.value, rows: change(stored.value.rows) }, stored.version);
  };

  test('says which days differ, and corrects them; what is right is left', async () => {
    const { model, events } = people(300, 5, 5);
    await write(await store.again(), events);
    const figures = figuresOn(store.storage);
    await figures.fold();
    expect(await figures.rebuild()).toMatchObject({ differed: [], from: null, lines: events.length });
    await corrupt((rows) => rows.map((row) => ({ ...row, count: row.count + 1 })));
    await (await store.again()).collection(figureDays).insert('sms 2024-02-20', {
      factor: 'sms',
      day: '2024-02-20',
      upTo: 1,
      rows: [{ client: null, group: null, outcome: 'asked', to: null, count: 9 }],
    });
    expect((await figures.rebuild()).differed).toEqual([
      { factor: 'sms', day: '2024-01-02' },
      { factor: 'sms', day: '2024-02-20' },
    ]);
    expect(sorted(await counted(figures))).toEqual(sorted(model));
    expect((await figures.rebuild()).differed).toEqual([]);
  });

  test('while the leader goes on counting, nothing is lost or doubled', async () => {
    const { model, events } = people(300, 5, 6);
    const half = Math.floor(events.length / 2);
    await write(await store.again(), events.slice(0, half), 5);
    const [one, two] = [figuresOn(store.storage), figuresOn(await store.again())];
    await one.fold();
    await corrupt((rows) => rows.slice(1));
    await Promise.all([
      one.rebuild(),
      (async () => {
        for (let from = half; from < events.length; from += 40) {
          await write(await store.again(), events.slice(from, from + 40), 5);
          await two.fold();
        }
      })(),
    ]);
    await two.fold();
    expect(sorted(await counted(one))).toEqual(sorted(model));
    expect((await one.rebuild()).differed).toEqual([]);
  });

  test('days of which lines were dropped by age stay as they were counted', async () => {
    const { model, events } = people(100, 6, 7);
    const storage = await store.again();
    const trail = trailOn(storage);
    for (const event of events) {
      clock.set(event.at);
      await trail.append([{ id: newPendingId(), event }]);
    }
    await trail.settle();
    const figures = figuresOn(store.storage);
    await figures.fold();
    expect(await trail.dropBefore(startOfDay('2024-01-03', zone) + 43_200_000)).toBeGreaterThan(0);
    expect(await figures.rebuild()).toMatchObject({ differed: [], from: '2024-01-04' });
    expect(sorted(await counted(figures))).toEqual(sorted(model));
  });

  test('another zone, and a log that was put back: the days are counted anew by themselves', async () => {
    const { model, events } = people(200, 5, 8);
    const half = Math.floor(events.length / 2);
    await write(await store.again(), events.slice(0, half), 20);
    const elsewhere = figuresOn(await store.again(), undefined, 'Pacific/Auckland');
    await elsewhere.fold();
    const figures = figuresOn(store.storage);
    expect((await figures.fold()).rebuilt?.differed.length).toBeGreaterThan(0);
    // The last segments are lost, and others take their numbers.
    await write(await store.again(), events.slice(half, half + 60), 20);
    await figures.fold();
    const segments = (await store.again()).collection(auditSegments);
    const all = (await segments.page({ limit: 1000 })).items;
    for (const { id } of all.slice(-3)) await segments.remove(id);
    await write(await store.again(), events.slice(half), 20);
    const again = figuresOn(await store.again());
    expect((await again.fold()).rebuilt).toBeDefined();
    expect(sorted(await counted(again))).toEqual(sorted(model));
    expect((await again.fold()).rebuilt).toBeUndefined();
  });
});
