/**
 * Every state that a factor's dates have had: numbered in the one write that makes it (`schedule-store.ts` stores it
 * with the dates), then moved to a collection of its own, so that the document that every request reads stays small. A
 * state that is moved twice is there once.
 */
import type { Collection, CollectionSpec } from '../adapters/storage/port.ts';
import type { FactorId } from '../factors/contract.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import type { Schedule } from '../factors/policy/types.ts';

export interface ScheduleState {
  readonly factor: FactorId;
  /** From 1 on, without gaps. */
  readonly number: number;
  /** Instant (ms) and author of the change that made it; `null`: it is older than the history. */
  readonly at: number | null;
  readonly by: string | null;
  readonly reason?: string;
  /** How many stranded people the administrator accepted with it. */
  readonly acceptedStranded?: number;
  /** Number of the state that was restored. */
  readonly restores?: number;
  /** How many people held a key of the factor when it was made; disabled accounts are not counted. */
  readonly people?: number;
  readonly schedule: Schedule;
}

/** The facts of a change. */
export interface ChangeFacts {
  readonly reason?: string;
  readonly acceptedStranded?: number;
  readonly restores?: number;
  readonly people?: number;
  /** Mails about the change are sent at once. */
  readonly sendNow?: boolean;
}

/** By factor: the number of its newest state. */
export type StateNumbers = Readonly<Record<FactorId, number>>;

/** How many states of a factor are kept; the oldest are removed. */
export const statesKept = 100;

export const scheduleStates: CollectionSpec<ScheduleState> = {
  name: 'schedule-states',
  indexes: { factor: ({ factor }) => factor },
};

const idOf = ({ factor, number }: Pick<ScheduleState, 'factor' | 'number'>): string =>
  `${factor} ${String(number).padStart(9, '0')}`;

/**
 * The states that a change makes, and the numbers after it. If the dates are older than the history, the state before
 * the change is stored too.
 */
export function newStates(
  numbers: StateNumbers,
  before: Schedules,
  after: Schedules,
  made: ChangeFacts & { readonly at: number; readonly by: string },
): { readonly states: readonly ScheduleState[]; readonly numbers: StateNumbers } {
  const states: ScheduleState[] = [];
  const next: Record<FactorId, number> = { ...numbers };
  for (const [factor, schedule] of Object.entries(after)) {
    const old = Object.hasOwn(before, factor) ? before[factor] : undefined;
    if (JSON.stringify(old) === JSON.stringify(schedule)) continue;
    if (old && !Object.hasOwn(numbers, factor)) states.push({ factor, number: 1, at: null, by: null, schedule: old });
    const number = numberOf(numbers, before, factor) + 1;
    states.push({ factor, number, ...made, schedule });
    next[factor] = number;
  }
  return { states, numbers: next };
}

/** Stores states and removes those that are too old. May be repeated. */
export async function fileStates(filed: Collection<ScheduleState>, states: readonly ScheduleState[]): Promise<void> {
  for (const state of states) await filed.insert(idOf(state), state);
  for (const factor of new Set(states.map((state) => state.factor))) {
    const kept = await filed.findBy('factor', factor, statesKept + states.length + 1);
    const newest = Math.max(...kept.map(({ value }) => value.number));
    for (const { id, value } of kept) if (value.number <= newest - statesKept) await filed.remove(id);
  }
}

/**
 * The number of the present state; 0: the factor has no dates. Dates that are older than the history are its first
 * state.
 */
export const numberOf = (numbers: StateNumbers, schedules: Schedules, factor: FactorId): number =>
  Object.hasOwn(numbers, factor) ? (numbers[factor] ?? 0) : Object.hasOwn(schedules, factor) ? 1 : 0;

/**
 * The newest first.
 * @param present dates and states that are not moved yet, read before the collection: so none is missed that is moved
 * meanwhile
 */
export async function statesOf(
  filed: Collection<ScheduleState>,
  factor: FactorId,
  { schedules, unfiled = [] }: { readonly schedules: Schedules; readonly unfiled?: readonly ScheduleState[] },
): Promise<readonly ScheduleState[]> {
  const own = unfiled.filter((state) => state.factor === factor);
  const stored = (await filed.findBy('factor', factor, 2 * statesKept)).map(({ value }) => value);
  const all = new Map([...own, ...stored].map((state) => [state.number, state]));
  const schedule = Object.hasOwn(schedules, factor) ? schedules[factor] : undefined;
  if (all.size === 0 && schedule) return [{ factor, number: 1, at: null, by: null, schedule }];
  return [...all.values()].toSorted((a, b) => b.number - a.number).slice(0, statesKept);
}
