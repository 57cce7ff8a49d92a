import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { AuditEvent } from '../accounts/person.ts';
import { movedTime, type MovedTime } from '../test/harness/moved-time.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { until } from '../test/harness/until.ts';
import { createBackchannelLogouts, logoutDocuments, retryAfter, type Logout } from './backchannel-logouts.ts';

const logout = { clientId: 'shop', accountId: 'ada', sid: 's1' };

let time: MovedTime;
let store: TemporaryStore;
beforeEach(async () => {
  time = movedTime();
  store = await temporaryStore(time.clock);
});
afterEach(() => store.close());

type Answer = 'taken' | 'unknown' | 'refused' | 'none';

/** One process; `answer` decides the result of its tries. */
async function start(answer: (sent: Logout) => Answer, { leads = true } = {}) {
  const sent: Logout[] = [];
  const audited: AuditEvent[] = [];
  const lines: string[] = [];
  const leader = { leads, taken: () => {} };
  const logouts = createBackchannelLogouts({
    storage: await store.again(),
    clock: time.clock,
    scheduler: time.scheduler,
    log: pino({}, { write: (line: string) => void lines.push(line) }),
    leader: { isLeader: () => leader.leads, onElected: (listener) => (leader.taken = listener) },
    audit: (event) => audited.push(event),
    send: async ({ clientId, accountId, sid }) => {
      const one = { clientId, accountId, sid };
      sent.push(one);
      const outcome = answer(one);
      if (outcome === 'refused') throw new Error('500');
      return outcome === 'none' ? new Promise<never>(() => {}) : outcome;
    },
  });
  logouts.start();
  return { ...logouts, sent, audited, lines, leader };
}
const waiting = async () => (await store.again()).collection(logoutDocuments).count();
const lookAgain = (milliseconds: number) => time.advance(milliseconds);

test('A-253 a log-out that was accepted at once is not sent again, and leaves no document', async () => {
  const node = await start(() => 'taken');
  await (
    await node.tell(logout)
  ).tried;
  lookAgain(86_400_000);
  await node.stop();
  expect([node.sent, await waiting()]).toEqual([[logout], 0]);
  expect(node.audited).toMatchObject([
    { action: 'logout.told', actor: 'system', client: 'shop', person: 'ada', facts: { tries: 1 } },
  ]);
});

test('A-253 a process dies during the first try: another one sends it once the lease is over', async () => {
  const dead = await start(() => 'none', { leads: false });
  await dead.tell(logout);
  expect(dead.sent).toEqual([logout]);
  const due = { ...logout, clientId: 'news', sid: 's2' };
  const stopped = await start(() => 'taken');
  await stopped.stop();
  await stopped.tell(due);
  const other = await start(() => 'taken');
  await until('it has looked, and told what is due', () => other.audited.length === 1);
  expect(other.sent).toEqual([due]);
  await until('it has told', () => {
    lookAgain(5_000);
    return other.audited.length === 2;
  });
  expect([other.sent, await waiting()]).toEqual([[due, logout], 0]);
  expect(other.audited.at(-1)).toMatchObject({ action: 'logout.told', client: 'shop', facts: { tries: 2 } });
  await other.stop();
});

test('A-253 a process is stopped between two tries: the next start continues, with the same count', async () => {
  const first = await start(() => 'refused');
  await (
    await first.tell(logout)
  ).tried;
  await first.stop();
  expect(await waiting()).toBe(1);
  lookAgain(retryAfter[0] ?? 0);
  const next = await start(() => 'taken');
  await until('it has told', () => next.audited.length === 1);
  expect(next.audited).toMatchObject([{ action: 'logout.told', facts: { tries: 2 } }]);
  await next.stop();
});

test('A-253 a stopped process sends nothing, but stores new log-outs', async () => {
  const node = await start(() => 'taken');
  await node.stop();
  await (
    await node.tell(logout)
  ).tried;
  expect([node.sent, await waiting()]).toEqual([[], 1]);
});

test('A-253 only the leader makes further tries, as soon as it is the leader', async () => {
  const other = await start(() => 'taken', { leads: false });
  const node = await start(() => 'refused', { leads: false });
  await (
    await node.tell(logout)
  ).tried;
  lookAgain(3_600_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(other.sent).toEqual([]);
  other.leader.leads = true;
  other.leader.taken();
  await until('it has told', () => other.audited.length === 1);
  expect(node.sent).toHaveLength(1);
  await Promise.all([node.stop(), other.stop()]);
});

test('A-253 tries are limited, and giving up is reported once, in the log and the audit log', async () => {
  const nodes = [await start(() => 'refused'), await start(() => 'refused')];
  await (
    await nodes[0]?.tell(logout)
  )?.tried;
  await until('it is given up', async () => {
    lookAgain(60_000);
    return (await waiting()) === 0;
  });
  await Promise.all(nodes.map((node) => node.stop()));
  expect(nodes.flatMap(({ sent }) => sent)).toHaveLength(1 + retryAfter.length);
  expect(nodes.flatMap(({ audited }) => audited)).toMatchObject([
    { action: 'logout.given-up', client: 'shop', person: 'ada', facts: { tries: 1 + retryAfter.length } },
  ]);
  const given = nodes.flatMap(({ lines }) => lines).filter((line) => line.includes('backchannel-logout.given-up'));
  expect(given.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([50]);
}, 60_000);

test('A-253 after a day there is at most one more try', async () => {
  const node = await start(() => 'refused');
  await (
    await node.tell(logout)
  ).tried;
  await node.stop();
  lookAgain(7 * 86_400_000);
  const next = await start(() => 'refused');
  await until('it is given up', async () => (await waiting()) === 0);
  expect([next.sent, next.audited]).toMatchObject([[logout], [{ action: 'logout.given-up', facts: { tries: 2 } }]]);
  await next.stop();
});

test('A-253 an unreachable relying party delays no other, and is tried once in a round', async () => {
  const node = await start(() => 'taken');
  await node.stop();
  for (let one = 0; one < 130; one += 1)
    await node.tell({ ...logout, clientId: one % 2 ? 'away' : 'shop', sid: `${one}` });
  const next = await start(({ clientId }) => (clientId === 'away' ? 'refused' : 'taken'));
  await until('the others are told', () => next.audited.length === 65);
  expect(next.sent.filter(({ clientId }) => clientId === 'away')).toHaveLength(1);
  await next.stop();
});

test('A-253 a relying party without log-out address is removed; the same log-out twice is one', async () => {
  const node = await start(() => 'unknown');
  await (
    await node.tell(logout)
  ).tried;
  expect([await waiting(), node.audited]).toEqual([0, []]);
  const slow = await start(() => 'none');
  await Promise.all([slow.tell(logout), slow.tell(logout), node.tell(logout)]);
  expect(slow.sent.length + node.sent.length).toBe(2);
  await node.stop();
});
