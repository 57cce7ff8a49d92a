/**
 * Lines of the audit log in numbers, as sign-ins write them while a factor is being retired; and how long the figures
 * take to be counted from them.
 */
import type { AuditEvent } from '../accounts/person.ts';
import type { Services } from '../admin/services.ts';
import { allDocuments } from '../adapters/storage/all-pages.ts';
import type { Collection } from '../adapters/storage/port.ts';
import { headAfter, nextSegment, noHead, type Segment } from '../audit/hash-chain.ts';
import { segmentId } from '../audit/log-head.ts';
import { pause, systemScheduler } from '../time/scheduler.ts';

/** Lines of one segment: what one or two sign-ins leave. */
const together = 5;
const atOnce = 2_000;
const day = 86_400_000;

/**
 * Adds as many lines, spread over ninety days, as chained segments straight into the collection; how long it took (ms).
 */
export async function addLines(
  { audit, clock, secretBox }: Services,
  segments: Collection<Segment>,
  count: number,
): Promise<number> {
  const begun = performance.now();
  const mac = (text: string) => secretBox.digest(text, 'audit chain');
  const first = clock.now() - 90 * day;
  const there = await audit.segmentsAfter(0, 10_000);
  const last = there.at(-1);
  let head = last ? headAfter(last) : noHead;
  for (let made = 0; made < count;) {
    const batch: Promise<unknown>[] = [];
    for (; made < count && batch.length < atOnce; made += together) {
      const entries = Array.from({ length: Math.min(together, count - made) }, (_, index) => ({
        id: `bench-line-${made + index}`,
        event: eventNumber(made + index, first, count),
      }));
      const segment = nextSegment(mac, head, entries, clock.now());
      head = headAfter(segment);
      batch.push(segments.insert(segmentId(segment.number), segment));
    }
    await Promise.all(batch);
  }
  // The server reads once what stands behind the end that it knew.
  await audit.append([{ id: 'bench-line-last', event: eventNumber(count - 1, first, count) }]);
  return performance.now() - begun;
}

const actions: readonly AuditEvent['action'][] = [
  'retirement.asked',
  'retirement.shown',
  'retirement.postponed',
  'sign-in.completed',
  'key.proved',
];

function eventNumber(number: number, first: number, count: number): AuditEvent {
  const person = `filled-${String(number % 100_000).padStart(8, '0')}`;
  return {
    at: first + Math.floor((number / count) * 90 * day),
    actor: person,
    action: actions[number % actions.length] ?? 'key.proved',
    person,
    factor: 'token-card',
    client: ['rp', 'strict', 'cards'][number % 3] ?? '',
    facts: { groups: [['staff', 'students', 'partners'][number % 3]], times: 1 + (number % 3) },
  };
}

/** As if nothing had been counted. */
export async function forget(...figures: readonly (Collection<never> | undefined)[]): Promise<void> {
  for (const collection of figures)
    if (collection) for await (const { id } of allDocuments(collection, 200)) await collection.remove(id);
}

/** As the leader counts, until nothing is left: how long it took (ms), and how many lines were read. */
export async function countLines({ figures }: Services): Promise<{ readonly ms: number; readonly lines: number }> {
  const begun = performance.now();
  let lines = 0;
  for (;;) {
    // The job of the server itself may count too: then this one goes on where that one stands.
    const folded = await figures.fold({ rest: () => pause(systemScheduler, 10) });
    lines += folded.lines;
    if (folded.lines === 0) return { ms: performance.now() - begun, lines };
  }
}
