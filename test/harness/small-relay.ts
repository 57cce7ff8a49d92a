/** A relay on a small real store, with time that a test moves. */
import { afterEach, beforeEach } from '@jest/globals';
import { pino } from 'pino';
import { createSecretBox } from '../../adapters/secret-box.ts';
import { movedTime, type MovedTime } from './moved-time.ts';
import { temporaryStore, type TemporaryStore } from './temporary-store.ts';
import type { QueuedItem } from '../../messages/outbox-store.ts';
import { createPeople, newPendingId, type People } from '../../accounts/person-store.ts';
import type { PendingItem, Person } from '../../accounts/person.ts';
import { createRelay, type PendingLine, type Relay, type RelayParts } from '../../messages/relay.ts';
import { blankAccount } from './blank-account.ts';

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
export const silent = pino({ level: 'silent' });

export let time: MovedTime;
export let store: TemporaryStore;
export let people: People;
export const closing: (() => Promise<unknown>)[] = [];

export const newcomer = (username: string): Omit<Person, 'id'> => ({
  ...blankAccount,
  username,
  createdAt: 0,
});
export async function person(username = 'els'): Promise<Person> {
  const added = await people.add(newcomer(username));
  if (!added.ok) throw new Error('taken');
  return added.person;
}
export const line = (action: string): PendingItem => ({
  kind: 'audit',
  id: newPendingId(),
  event: { at: time.clock.now(), actor: 'els', action },
});
export const mail = (template: string): PendingItem => ({
  kind: 'message',
  id: newPendingId(),
  message: {
    channel: 'email',
    to: 'els@example.org',
    language: 'nl',
    source: 'core',
    template,
    data: {},
    queuedAt: time.clock.now(),
  },
});

/** Outbox and audit log as they must be, idempotent by id; both can be made to fail. */
export function ends() {
  const lines = new Map<string, PendingLine>();
  const mails = new Map<string, QueuedItem>();
  const calls = { append: 0, queue: 0, repeated: 0 };
  const broken = { append: false, queue: false };
  const parts: Pick<RelayParts, 'outbox' | 'audit'> = {
    outbox: {
      async queue(items) {
        calls.queue += 1;
        if (broken.queue) throw new Error('queue full');
        for (const item of items) {
          if (mails.has(item.id)) calls.repeated += 1;
          mails.set(item.id, item);
        }
      },
    },
    audit: {
      async append(items) {
        calls.append += 1;
        if (broken.append) throw new Error('audit full');
        for (const item of items) {
          if (lines.has(item.id)) calls.repeated += 1;
          lines.set(item.id, item);
        }
      },
    },
  };
  const actions = () => [...lines.values()].map((item) => item.event.action);
  return { lines, mails, calls, broken, parts, actions };
}
export function relayOver(over: Partial<RelayParts> & Pick<RelayParts, 'outbox' | 'audit'>): Relay {
  const relay = createRelay({ people, clock: time.clock, scheduler: time.scheduler, log: silent, ...over });
  closing.push(() => relay.stop());
  return relay;
}
export const pendingOf = async (id: string) => (await people.get(id))?.pending.length;

/** Registers the hooks of a test file: a new store for every test. */
export function eachWithOwnRelay(): void {
  beforeEach(async () => {
    time = movedTime();
    store = await temporaryStore(time.clock);
    people = createPeople({ storage: store.storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    await store.close();
  });
}
