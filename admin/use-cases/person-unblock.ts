/**
 * Removes blocks and pauses after too many failures: of keys, of enrolling a key and proving a mailbox, of the
 * password. The keys themselves stay.
 */
import { noAttempts } from '../../passwords/attempt-limits.ts';
import { auditLine, notice } from '../../accounts/notices.ts';
import { addPending } from '../../accounts/person-store.ts';
import type { Key, Person } from '../../accounts/person.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import { changeAccount, type WriteParts } from './account-write.ts';
import { findPerson } from './person-show.ts';

export interface UnblockRequest {
  /** User name or id. */
  readonly person: string;
  readonly by: string;
  /** Only says what would happen. */
  readonly dryRun?: boolean;
}

export interface LiftedKey {
  readonly key: string;
  readonly factor: string;
  readonly detail: string;
  /** Consecutive failures. */
  readonly failures: number;
  readonly wasBlocked: boolean;
}

export interface Unblocked {
  readonly person: string;
  readonly username: string;
  readonly keys: readonly LiftedKey[];
  /** Failures by purpose: `enrol:<factor>`, `email`. */
  readonly other: Readonly<Record<string, number>>;
  /** Failures with the password, from all networks. */
  readonly password: number;
  readonly written: boolean;
}

type Lifted = Pick<Unblocked, 'keys' | 'other' | 'password'>;

export async function unblockPerson(
  services: WriteParts,
  { person: who, by, dryRun = false }: UnblockRequest,
): Promise<Outcome<Unblocked>> {
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const { id, username } = found.value;
  const now = services.clock.now();
  const changed = dryRun
    ? done(undefined)
    : await changeAccount(services, id, (person) => {
        const result = countsOf(person);
        return { account: isNothing(result) ? undefined : freed(person, result, by, now), result };
      });
  if (!changed.ok) return changed;
  const updated = changed.value;
  const lifted = updated?.result ?? countsOf(found.value);
  if (isNothing(lifted)) return refuse('nothing_blocked', `No failure is counted for ${username}: nothing is blocked.`);
  return done({ person: id, username, ...lifted, written: updated?.account !== undefined });
}

const isCounted = ({ status, attempts }: Key): boolean =>
  status === 'blocked' || (status === 'active' && attempts.count > 0);

function countsOf({ keys, otherAttempts, passwordAttempts }: Person): Lifted {
  return {
    keys: keys.filter(isCounted).map(({ id, factor, detail, attempts, status }) => ({
      key: id,
      factor,
      detail,
      failures: attempts.count,
      wasBlocked: status === 'blocked',
    })),
    other: Object.fromEntries(
      Object.entries(otherAttempts).flatMap(([purpose, { count }]) => (count > 0 ? [[purpose, count] as const] : [])),
    ),
    password: Object.values(passwordAttempts).reduce((sum, { count }) => sum + count, 0),
  };
}

const isNothing = ({ keys, other, password }: Lifted): boolean =>
  keys.length === 0 && password === 0 && Object.keys(other).length === 0;

function freed(person: Person, { keys, other, password }: Lifted, by: string, now: number): Person {
  const next: Person = {
    ...person,
    keys: person.keys.map((key) => (isCounted(key) ? { ...key, status: 'active', attempts: noAttempts } : key)),
    otherAttempts: {},
    passwordAttempts: {},
  };
  const about = { at: now, actor: by, person: person.id } as const;
  const lines = keys.map(({ key, factor, failures, wasBlocked }) =>
    auditLine({ ...about, action: 'key.unblocked', factor, key, facts: { failures, wasBlocked } }),
  );
  const facts = { keys: keys.length, other, password };
  return addPending(
    next,
    ...lines,
    auditLine({ ...about, action: 'person.unblocked', facts }),
    ...notice(person, 'unblocked', {}, now),
  );
}
