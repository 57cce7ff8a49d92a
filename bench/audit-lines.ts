/**
 * Lines of the audit log in numbers, as sign-ins write them while a factor is being retired; and how long the figures
 * take to be counted from them.
 */
import type { AuditEvent } from '../accounts/person.ts';
import type { Services } from '../admin/services.ts';
import { allDocuments } from '../adapters/storage/all-pages.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { figureDays, figureMarks } from '../audit/figure-store.ts';
import { pause, systemScheduler } from '../time/scheduler.ts';

/** Lines of one write: what one or two sign-ins leave. */
const together = 5;
const day = 86_400_000;

/** Writes as many lines, spread over ninety days; how long it took (ms). */
export async function addLines({ audit, clock }: Services, count: number): Promise<number> {
  const begun = performance.now();
  const first = clock.now() - 90 * day;
  for (let made = 0; made < count; made += together)
    await audit.append(
      Array.from({ length: Math.min(together, count - made) }, (_, index) => ({
        id: `bench-line-${made + index}`,
        event: eventNumber(made + index, first, count),
      })),
    );
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
export async function forgetFigures(storage: Pick<Storage, 'collection'>): Promise<void> {
  const [days, marks] = [storage.collection(figureDays), storage.collection(figureMarks)];
  for await (const { id } of allDocuments(days, 200)) await days.remove(id);
  for await (const { id } of allDocuments(marks, 200)) await marks.remove(id);
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
