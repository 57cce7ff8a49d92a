/**
 * Deletes the secrets of all keys whose day of deletion has come, account by account; `purge-job.ts` says when. Finds
 * the accounts by the index of their shapes: each account is written once, and a second round finds nothing. Killed at
 * any moment it goes on in the next round, by whichever process.
 */
import { allPages } from '../adapters/storage/all-pages.ts';
import { TooManyToCount } from '../adapters/storage/port.ts';
import type { Person } from '../accounts/person.ts';
import { personOfShape } from '../accounts/shape.ts';
import type { Services } from '../admin/services.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import { factorsToPurge, withoutPurgedKeys } from '../digital-keys/purge-keys.ts';
import type { Clock } from '../time/clock.ts';

export interface Purged {
  /** Accounts of which keys were deleted. */
  readonly accounts: number;
  readonly keys: number;
  /** False: it had to stop, and there may be more. */
  readonly complete: boolean;
  /** Whether accounts differ in too many ways, so that every one was read. */
  readonly readAll: boolean;
}

export interface PurgeParts {
  readonly people: Pick<Services['people'], 'shapes' | 'ofShape' | 'page' | 'change' | 'get' | 'releaseDevice'>;
  readonly schedules: Pick<Services['schedules'], 'stored'>;
  readonly clock: Clock;
  readonly onPurged?: ((key: string) => Promise<void>) | undefined;
}

export interface PurgeOptions {
  /** Called before every account; false: stop. */
  readonly goesOn?: () => boolean;
  /** Awaited after every batch. */
  readonly rest?: () => Promise<void>;
}

const batch = 50;
const always = () => true;

interface Round extends PurgeParts, Required<PurgeOptions> {
  /** Accounts that turned out to have nothing to delete, or went meanwhile: not tried again in this round. */
  readonly left: Set<string>;
  accounts: number;
  keys: number;
}

/** Whether the day of deletion of any factor has come for anybody: costs nothing. */
export const mayAnyBeDue = (schedules: Schedules, now: number): boolean =>
  Object.values(schedules).some(({ rules }) => rules.some(({ purgeAt }) => purgeAt !== undefined && purgeAt <= now));

/** Rejects with `StorageUnavailable`: called again it goes on. */
export async function purgeRound(
  parts: PurgeParts,
  { goesOn = always, rest = async () => undefined }: PurgeOptions = {},
): Promise<Purged> {
  const round: Round = { ...parts, goesOn, rest, left: new Set(), accounts: 0, keys: 0 };
  const schedules = await parts.schedules.stored();
  let [complete, readAll] = [true, false];
  if (mayAnyBeDue(schedules, parts.clock.now())) {
    const shapes = await parts.people.shapes().catch((error: unknown) => {
      if (error instanceof TooManyToCount) return undefined;
      throw error;
    });
    readAll = shapes === undefined;
    complete = shapes
      ? await purgeShapes(
          round,
          shapes.map(({ key }) => key),
          schedules,
        )
      : await purgeAll(round);
  }
  return { accounts: round.accounts, keys: round.keys, complete, readAll };
}

async function purgeShapes(round: Round, shapes: readonly string[], schedules: Schedules): Promise<boolean> {
  for (const shape of shapes) {
    if (factorsToPurge(personOfShape(shape), schedules, round.clock.now()).length === 0) continue;
    for (let altered = 0; ;) {
      const limit = batch + round.left.size + altered;
      const { read, people } = await round.people.ofShape(shape, limit);
      altered = read - people.length;
      if (!(await purgeBatch(round, people))) return false;
      if (read < limit) break;
    }
  }
  return true;
}

async function purgeAll(round: Round): Promise<boolean> {
  for await (const items of allPages(round.people, batch)) {
    const found = items.map(({ value }) => value);
    if (!(await purgeBatch(round, found))) return false;
  }
  return true;
}

/** Whether to go on. The dates are read anew: one that was moved later meanwhile saves the keys that are left. */
async function purgeBatch(round: Round, found: readonly Person[]): Promise<boolean> {
  const { clock, left } = round;
  const accounts = found.filter(({ id }) => !left.has(id));
  if (accounts.length === 0) return true;
  const schedules = await round.schedules.stored();
  for (const account of accounts) {
    if (!round.goesOn()) return false;
    if (factorsToPurge(account, schedules, clock.now()).length === 0) left.add(account.id);
    else await purgeAccount(round, account.id, schedules);
  }
  await round.rest();
  return true;
}

async function purgeAccount(round: Round, id: string, schedules: Schedules): Promise<void> {
  const { people, clock, left } = round;
  let before: Person | undefined;
  const after = await people.change(id, (account) => {
    before = account;
    return withoutPurgedKeys(account, schedules, clock.now());
  });
  if (!after || !before) {
    left.add(id);
    return;
  }
  const deleted = before.keys.filter(({ id: key, status }) => status !== 'off' && isOff(after, key));
  round.accounts += 1;
  round.keys += deleted.length;
  // After a crash here the digest of the number is left without an account; the next key with that number takes it.
  for (const { id: key, unique } of deleted) {
    if (unique !== undefined) await people.releaseDevice(unique, id);
    await round.onPurged?.(key);
  }
}

const isOff = ({ keys }: Person, id: string): boolean => keys.some((key) => key.id === id && key.status === 'off');

/** What the dates that have come say: the same text for as long as a round would find nobody new by the dates alone. */
export const dueText = (schedules: Schedules, now: number): string =>
  JSON.stringify(
    Object.values(schedules).map(({ factor, rules }) => [
      factor,
      rules,
      rules.filter(({ purgeAt }) => purgeAt !== undefined && purgeAt <= now).length,
      // An extension that is over.
      rules.filter(({ sunsetAt }) => sunsetAt !== undefined && sunsetAt <= now).length,
    ]),
  );
