/**
 * How administrators write accounts. A change that takes the way in from an administrator is judged beside all others
 * and written under one lock, so that one of them always keeps a way in, also if two such changes run at one moment. Every
 * other change is written at once. Called by every use case that changes an account.
 */
import type { Updated } from '../../accounts/people.ts';
import type { Person } from '../../accounts/person.ts';
import { decisionRules } from '../../interactions/decision-rules.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import type { IsHeld } from '../change-locks.ts';
import { kindOf, shutsOutBy, type AccountChange } from './accounts-look.ts';
import { losesWay } from './administrators-way.ts';
import { shuttingOut } from './brake.ts';

export type WriteParts = Pick<Services, 'people' | 'settings' | 'registry' | 'clock' | 'schedules' | 'changeLocks'>;

/** Called again after a lost race, and for a judgement alone: it decides from its argument. */
export type Decide<T> = (account: Person) => Updated<T>;

interface WriteOptions {
  /** Judges and writes nothing. */
  readonly dryRun?: boolean;
  /** Further changes of the same dry run, judged with this one, which is added. */
  readonly planned?: AccountChange[];
  /** Resolves when what is to come before this change has been written or planned. */
  readonly before?: () => Promise<unknown>;
}

/** `people.update` for administrators: `undefined` if there is no such account; refused: nothing was written. */
export async function changeAccount<T>(
  services: WriteParts,
  id: string,
  decide: Decide<T>,
  { dryRun = false, planned = [], before = async () => undefined }: WriteOptions = {},
): Promise<Outcome<Updated<T> | undefined>> {
  const losing = await losingOf(services);
  const write = (judge: Decide<T | undefined>) =>
    dryRun ? tryOut(services, id, judge) : services.people.update(id, judge);
  let isLoss = false;
  const updated = await write((account) => {
    const decided = decide(account);
    isLoss = decided.account !== undefined && losing({ before: account, after: decided.account });
    return isLoss ? { result: undefined } : decided;
  });
  if (!isLoss) return done(updated as Updated<T> | undefined);
  await before();
  const changed = await changeUnderLock(services, [id], decide, { dryRun, planned });
  return changed.ok ? done(changed.value[0]) : changed;
}

const tryOut = async <T>({ people }: WriteParts, id: string, decide: Decide<T>): Promise<Updated<T> | undefined> => {
  const account = await people.get(id);
  return account && decide(account);
};

/** Whether a change takes the way in from an administrator, wherever one is needed. */
export async function losingOf(services: WriteParts): Promise<(change: AccountChange) => boolean> {
  const { settings, schedules, clock } = services;
  const { administrators } = settings;
  if (!administrators) return () => false;
  const given = { rules: decisionRules(services), schedules: await schedules.current() };
  return (change) => losesWay(given, change, { administrators, at: clock.now() });
}

/**
 * Judges and writes changes together, under the lock of the administrators. All are refused if they would leave every
 * administrator without a way in.
 */
export function changeUnderLock<T>(
  services: WriteParts,
  ids: readonly string[],
  decide: Decide<T>,
  { dryRun = false, planned = [] }: Omit<WriteOptions, 'before'> = {},
): Promise<Outcome<readonly (Updated<T> | undefined)[]>> {
  return underAdministratorsLock(services, dryRun, async (isHeld) => {
    const found = await Promise.all(ids.map((id) => services.people.get(id)));
    const changes = found.flatMap((account) => {
      const after = account && decide(account).account;
      return after ? [{ before: account, after }] : [];
    });
    const refusals = shuttingOut([await shutsOutBy(services, [...planned, ...changes])]);
    if (refusals.length > 0) return { ok: false, refusals };
    if (dryRun) {
      planned.push(...changes);
      return done(found.map((account) => account && decide(account)));
    }
    const written = [];
    for (const [index, id] of ids.entries()) {
      const judged = found[index];
      const updated = await services.people.update<Updated<T> | undefined>(id, (account) => {
        if (!isHeld() || !judged || kindOf(account) !== kindOf(judged)) return { result: undefined };
        const decided = decide(account);
        return { account: decided.account, result: decided };
      });
      if (updated && !updated.result)
        return refuse('account_changed_meanwhile', 'The account has just been changed. Try again.');
      written.push(updated?.result && { account: updated.account, result: updated.result.result });
    }
    return done(written);
  });
}

/**
 * Runs `work`, which looks whether the administrators keep a way in and writes, while no other change that asks this
 * does; the dates that it reads are fresh.
 */
export async function underAdministratorsLock<T extends { readonly ok: boolean }>(
  { settings, schedules, changeLocks }: Pick<Services, 'settings' | 'schedules' | 'changeLocks'>,
  dryRun: boolean,
  work: (isHeld: IsHeld) => Promise<T>,
): Promise<T | ReturnType<typeof refuse>> {
  if (dryRun || !settings.administrators) return work(() => true);
  const found = await changeLocks.hold('administrators', async (isHeld) => {
    await schedules.fresh();
    return work(isHeld);
  });
  if (found !== 'busy') return found;
  return refuse(
    'administrators_change_under_way',
    'Another change that concerns the way in of administrators is under way at this moment. Nothing was written: try again.',
  );
}
