/**
 * The queue of back-channel log-outs (OpenID Connect Back-Channel Logout 1.0): each is in the store until the relying
 * party has accepted it. The first try is made at once, further ones by the leader, each with a new token (new `jti`
 * and `exp`, §2.4), up to a limit. A process that dies loses none. Created by `create-engine.ts`, started by app/.
 */
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Collection, CollectionSpec, Storage, Stored } from '../adapters/storage/port.ts';
import {
  createBackgroundWork,
  sharedRun,
  type BackgroundWork,
  type WatchedLeadership,
} from '../time/background-work.ts';
import type { Clock } from '../time/clock.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Audit } from './events.ts';

export interface Logout {
  readonly clientId: string;
  readonly accountId: string;
  /** Identifies the session to the relying party. */
  readonly sid: string;
}

interface WaitingLogout extends Logout {
  /** Instant (ms). */
  readonly queuedAt: number;
  /** The tries that have begun. */
  readonly tries: number;
  /** Instant (ms) of the next try. During a try: when another process may take it over. */
  readonly nextAt: number;
}

export const logoutDocuments: CollectionSpec<WaitingLogout> = { name: 'logouts' };

/** ms between one try and the next. */
export const retryAfter: readonly number[] = [15_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000];
/** ms */
const giveUpAfter = 86_400_000;
/** Longer than a try takes: the engine limits it (2.5 s). */
const leaseTime = 20_000;
const lookEvery = 5_000;
/** Parallel tries of this process; first tries beyond that are left to the leader. */
const atOnce = 50;
const pageSize = 100;
/** The leader reads this many pages of a long queue in a round, and continues after them in the next one. */
const pagesAtOnce = 20;

export interface LogoutParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Logger;
  readonly scheduler: Scheduler;
  /** The leader makes the further tries. */
  readonly leader: WatchedLeadership;
  /**
   * One try with a new token. Rejects if it was not accepted; `unknown`: this relying party gets no log-outs any more.
   */
  readonly send: (logout: Logout) => Promise<'taken' | 'unknown'>;
  readonly audit?: Audit | undefined;
}

export interface BackchannelLogouts {
  /**
   * When it resolves, the store has the log-out. `tried` resolves after the first try, whatever its result. Repeating
   * it changes nothing.
   */
  tell(logout: Logout): Promise<{ readonly tried: Promise<void> }>;
  /** Looks for due tries, now and from time to time. */
  start(): void;
  /** Waits for running tries; the rest stays in the store. */
  stop(): Promise<void>;
}

interface State extends LogoutParts {
  readonly documents: Collection<WaitingLogout>;
  readonly work: BackgroundWork;
  readonly underWay: Set<Promise<unknown>>;
  /** Where the next round continues. */
  behind: string | undefined;
}

export function createBackchannelLogouts(parts: LogoutParts): BackchannelLogouts {
  const work = createBackgroundWork(parts);
  const documents = parts.storage.collection(logoutDocuments);
  const state: State = { ...parts, documents, work, underWay: new Set(), behind: undefined };
  const looks = sharedRun(() => look(state).catch((error: unknown) => interrupted(state, error)));
  const timer = work.timer();
  const lookFromTimeToTime = (): void => {
    void looks.run().finally(() => timer.set(lookEvery, lookFromTimeToTime));
  };
  return {
    tell: (logout) => queue(state, logout),
    start() {
      parts.leader.onElected(() => void looks.run());
      lookFromTimeToTime();
    },
    stop: () => work.stop(() => Promise.all([looks.underWay, ...state.underWay])),
  };
}

async function queue(state: State, logout: Logout): Promise<{ readonly tried: Promise<void> }> {
  const queuedAt = state.clock.now();
  const isLeft = state.work.stopped || state.underWay.size >= atOnce;
  const value: WaitingLogout = isLeft
    ? { ...logout, queuedAt, tries: 0, nextAt: queuedAt }
    : { ...logout, queuedAt, tries: 1, nextAt: queuedAt + leaseTime };
  const id = idOf(logout);
  const version = await state.documents.insert(id, value);
  if (version === undefined || isLeft) return { tried: Promise.resolve() };
  const tried = attempt(state, { id, value, version });
  return {
    tried: tried.then(
      () => undefined,
      (error: unknown) => interrupted(state, error),
    ),
  };
}

/** One round of the leader through what is due. */
async function look(state: State): Promise<void> {
  const failing = new Set<string>();
  for (let page = 0; page < pagesAtOnce && goesOn(state); page += 1) {
    const { items, next } = await state.documents.page({
      limit: pageSize,
      ...(state.behind === undefined ? {} : { after: state.behind }),
    });
    const due = items.filter(({ value }) => value.nextAt <= state.clock.now());
    const ofClients = Object.values(Object.groupBy(due, ({ value }) => value.clientId));
    await Promise.all(ofClients.map((ofClient = []) => tellAgain(state, ofClient, failing)));
    state.behind = next;
    if (next === undefined) return;
  }
}

/**
 * One after the other. If one was not accepted, the others of that relying party wait for a later round, because they
 * would fail too.
 */
async function tellAgain(state: State, due: readonly Stored<WaitingLogout>[], failing: Set<string>): Promise<void> {
  for (const waiting of due) {
    if (!goesOn(state)) return;
    const { id, value, version } = waiting;
    if (failing.has(value.clientId)) {
      if (isOver(state, value)) await giveUp(state, waiting);
      continue;
    }
    const leased = { ...value, tries: value.tries + 1, nextAt: state.clock.now() + leaseTime };
    const lease = await state.documents.replace(id, leased, version);
    if (lease === undefined) continue;
    if (!(await attempt(state, { id, value: leased, version: lease }))) failing.add(value.clientId);
  }
}

/** One try of a log-out that this process has leased; returns whether it is finished. */
async function attempt(state: State, leased: Stored<WaitingLogout>): Promise<boolean> {
  const trying = tryOnce(state, leased);
  state.underWay.add(trying);
  return trying.finally(() => state.underWay.delete(trying));
}

async function tryOnce(state: State, leased: Stored<WaitingLogout>): Promise<boolean> {
  const { documents, log, clock } = state;
  const { id, value, version } = leased;
  const outcome = await state.send(value).catch((error: unknown) => ({ error }));
  if (typeof outcome === 'string') {
    await documents.remove(id, version);
    if (outcome === 'unknown') return true;
    log.info({ event: 'backchannel-logout.sent', ...factsOf(value) });
    note(state, 'logout.told', value);
    return true;
  }
  const cause = outcome.error instanceof Error ? outcome.error.message : '';
  log.warn({ event: 'backchannel-logout.failed', ...factsOf(value), cause });
  const wait = retryAfter[value.tries - 1];
  if (wait === undefined || isOver(state, value)) await giveUp(state, leased);
  else await documents.replace(id, { ...value, nextAt: clock.now() + wait }, version);
  return false;
}

async function giveUp(state: State, { id, value, version }: Stored<WaitingLogout>): Promise<void> {
  if (!(await state.documents.remove(id, version))) return;
  state.log.error({ event: 'backchannel-logout.given-up', ...factsOf(value) });
  note(state, 'logout.given-up', value);
}

const goesOn = ({ work, leader }: State): boolean => !work.stopped && leader.isLeader();

const isOver = ({ clock }: State, { queuedAt }: WaitingLogout): boolean => clock.now() - queuedAt > giveUpAfter;

const factsOf = ({ clientId, accountId, tries }: WaitingLogout) => ({ client: clientId, person: accountId, tries });

function note({ audit, clock }: State, action: string, { clientId, accountId, tries }: WaitingLogout): void {
  audit?.({ at: clock.now(), actor: 'system', action, person: accountId, client: clientId, facts: { tries } });
}

/** The store failed during the try: the log-out stays there, and is tried again when the lease is over. */
function interrupted({ log }: State, error: unknown): void {
  log.warn({ event: 'backchannel-logout.interrupted', err: error });
}

const idOf = ({ clientId, sid }: Logout): string =>
  createHash('sha256')
    .update(JSON.stringify([clientId, sid]))
    .digest('base64url');
