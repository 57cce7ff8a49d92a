/**
 * Counts what was sent within an hour, a day and a month: to a number, a block of numbers, a country, and in total.
 * Each count is one document, raised by compare-and-swap before anything is sent, so that all nodes together are
 * counted once. Windows are calendar hours, days and months in UTC.
 */
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';

export type Window = 'hour' | 'day' | 'month';

export interface Bound {
  readonly window: Window;
  readonly most: number;
  /** From this amount on, an alarm is raised. */
  readonly alarmAt?: number;
}

export interface QuotaTally {
  readonly windows: Readonly<Partial<Record<Window, { readonly begin: number; readonly amount: number }>>>;
  /** The window (its begin) in which a refusal was reported first. */
  readonly refusedIn: Readonly<Partial<Record<Window, number>>>;
}

export type Taken =
  /** `alarms`: bounds whose alarm this amount has raised. */
  | { readonly ok: true; readonly alarms: readonly Bound[] }
  /** `first`: the first refusal in this window. */
  | { readonly ok: false; readonly bound: Bound; readonly until: number; readonly first: boolean };

export interface QuotaStore {
  /** Adds `amount` if all bounds hold; otherwise adds nothing. */
  take(subject: string, amount: number, bounds: readonly Bound[], now: number): Promise<Taken>;
}

export const quotaDocuments: CollectionSpec<QuotaTally> = { name: 'send-tallies' };

const none: QuotaTally = { windows: {}, refusedIn: {} };

/** @param documents another collection, for counts of something else */
export function createQuotaStore(storage: Storage, documents = quotaDocuments): QuotaStore {
  const quotas: Collection<QuotaTally> = storage.collection(documents);

  return {
    async take(subject, amount, bounds, now) {
      const until = Math.max(...bounds.map(({ window }) => endOf(window, now)));
      for (;;) {
        const stored = await quotas.get(subject);
        const before = stored?.value ?? none;
        const { next, taken } = added(before, amount, bounds, now);
        if (next === before) return taken;
        const written = stored
          ? await quotas.replace(subject, next, stored.version, { until: Math.max(until, stored.until ?? 0) })
          : await quotas.insert(subject, next, { until });
        if (written !== undefined) return taken;
      }
    },
  };
}

/** Pure. */
function added(
  before: QuotaTally,
  amount: number,
  bounds: readonly Bound[],
  now: number,
): { readonly next: QuotaTally; readonly taken: Taken } {
  const spent = (window: Window): number => {
    const known = before.windows[window];
    return known?.begin === beginOf(window, now) ? known.amount : 0;
  };
  const full = bounds
    .filter(({ window, most }) => spent(window) + amount > most)
    .toSorted((a, b) => endOf(b.window, now) - endOf(a.window, now))[0];
  if (full) {
    const begin = beginOf(full.window, now);
    const first = before.refusedIn[full.window] !== begin;
    const next = first ? { ...before, refusedIn: { ...before.refusedIn, [full.window]: begin } } : before;
    return { next, taken: { ok: false, bound: full, until: endOf(full.window, now), first } };
  }
  const windows = Object.fromEntries(
    bounds.map(({ window }) => [window, { begin: beginOf(window, now), amount: spent(window) + amount }]),
  );
  const alarms = bounds.filter(
    ({ window, alarmAt = Infinity }) => spent(window) < alarmAt && spent(window) + amount >= alarmAt,
  );
  return { next: { ...before, windows: { ...before.windows, ...windows } }, taken: { ok: true, alarms } };
}

const hour = 3_600_000;
const day = 24 * hour;

function beginOf(window: Window, now: number): number {
  if (window === 'hour') return Math.floor(now / hour) * hour;
  if (window === 'day') return Math.floor(now / day) * day;
  const at = new Date(now);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth());
}

function endOf(window: Window, now: number): number {
  if (window === 'hour') return beginOf(window, now) + hour;
  if (window === 'day') return beginOf(window, now) + day;
  const at = new Date(now);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
}
