/**
 * Adds, promotes and retires the installation's keys when due, by the leader alone and only if the configuration says
 * so. Run by app/.
 */
import type { Logger } from 'pino';
import type { AuditEvent } from '../accounts/person.ts';
import type { Clock } from '../time/clock.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import type { KeptKeys } from './kept-keys.ts';
import { addKey, dueSteps, promoteKey, retireKey, type RingKey, type RingRules, type RingStep } from './key-ring.ts';
import { changeRing, makeCookieKey, makeSigningKey, ringOf, type RingName, type Rings } from './keys.ts';
import type { SigningAlg } from './keys.ts';

export interface KeyRotation {
  start(): void;
  stop(): Promise<void>;
  /** Takes the due steps; returns how many. Rejects with `StorageUnavailable`; call it again to continue. */
  round(): Promise<number>;
}

export interface KeyRotationParts {
  readonly kept: KeptKeys;
  readonly rules: Readonly<Record<RingName, RingRules>>;
  /** ms for which a key signs; absent: there is no automatic rotation. */
  readonly every: number | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly note: (event: AuditEvent) => void;
  readonly leader: { isLeader(): boolean };
  readonly scheduler?: Scheduler;
}

const lookEvery = 60_000;
const rings: readonly RingName[] = ['signing', 'cookies'];
const nouns = { signing: 'signing-key', cookies: 'cookie-key' } as const;
const pastOf = { add: 'added', promote: 'promoted', retire: 'retired' } as const;

/** The audit action of a change of a ring. */
export const actionOf = (ring: RingName, step: RingStep['do']): string => `${nouns[ring]}.${pastOf[step]}`;

/** @param group of the new key: an algorithm, or `cookie` */
export async function makeKeyOf<N extends RingName>(ring: N, group: string, now: number): Promise<Rings[N]> {
  const key: RingKey = ring === 'signing' ? await makeSigningKey(group as SigningAlg, now) : makeCookieKey(now);
  return key as Rings[N];
}

export function createKeyRotation(parts: KeyRotationParts): KeyRotation {
  const { kept, rules, every, clock, log, note, leader, scheduler = systemScheduler } = parts;
  let stopped = false;
  let cancel: (() => void) | undefined;
  let underWay: Promise<unknown> = Promise.resolve();

  const take = async (ring: RingName, step: RingStep): Promise<boolean> => {
    const now = clock.now();
    const fresh = step.do === 'add' ? await makeKeyOf(ring, step.group, now) : undefined;
    const changed = await changeRing<RingName>(kept, ring, (keys) => {
      if (fresh) return addKey(keys, fresh);
      if (step.do === 'add') return { ok: false, why: 'no-such-key' };
      return (step.do === 'promote' ? promoteKey : retireKey)(keys, step.id, { now, rules: rules[ring] });
    });
    if (!changed.ok) return false;
    const key = fresh?.id ?? (step.do === 'add' ? '' : step.id);
    const action = actionOf(ring, step.do);
    log.info({ event: action, key, group: step.group });
    note({ at: now, actor: 'system', action, facts: { key, group: step.group } });
    return true;
  };
  const round = async (): Promise<number> => {
    if (every === undefined || !leader.isLeader()) return 0;
    let done = 0;
    for (const ring of rings)
      for (const step of dueSteps(await ringOf(kept, ring, clock), rules[ring], every, clock.now()))
        if (await take(ring, step)) done += 1;
    return done;
  };
  const lookOnce = async (): Promise<void> => {
    try {
      await round();
    } catch (error) {
      log.warn({ event: 'keys.rotation-failed', err: error });
    }
    if (!stopped) plan();
  };
  const plan = (): void => {
    cancel = scheduler.after(lookEvery, () => {
      underWay = lookOnce();
    });
  };
  return {
    start() {
      if (every !== undefined) plan();
    },
    round,
    async stop() {
      stopped = true;
      cancel?.();
      await underWay;
    },
  };
}
