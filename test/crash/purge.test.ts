/** The leader is killed (-9) while it deletes keys: the next one goes on, and does no account twice and none half. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSecretBox } from '../../adapters/secret-box.ts';
import { createPeople, type People } from '../../accounts/person-store.ts';
import { createSchedules } from '../../schedules/schedule-store.ts';
import { systemClock as clock } from '../../time/clock.ts';
import { temporaryStore, type TemporaryStore } from '../harness/temporary-store.ts';
import { blankAccount } from '../harness/blank-account.ts';

const accounts = 120;
let store: TemporaryStore;
let people: People;
const children: ChildProcess[] = [];
beforeEach(async () => {
  store = await temporaryStore();
  people = createPeople({ storage: store.storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await store.close();
});

/** Kills the process after so many accounts; whether it was done before. */
async function purgeUntilKilled(after: number): Promise<boolean> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'purge-on.ts'), store.address],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  let text = '';
  child.stdout.on('data', (part: Buffer) => {
    text += part.toString();
    if (text.split('\n').length > after) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return text.endsWith('done\n');
}

async function addPeople(): Promise<void> {
  const key = {
    detail: '',
    status: 'active',
    boundAt: 1,
    source: 'issued',
    attempts: { count: 0, lastAt: 0 },
  } as const;
  for (let at = 0; at < accounts; at += 1)
    await people.add({
      ...blankAccount,
      username: `person${at}`,
      keys: ['card', 'card', 'app'].map((factor, number) => ({
        ...key,
        id: `${number}-${at}`,
        factor,
        sealed: `secret of ${factor}`,
      })),
    });
}

test('A-393 killed again and again, every account is whole, and done once in the end', async () => {
  await addPeople();
  const schedules = createSchedules({ storage: store.storage, clock, initial: {} });
  const rule = { scope: { kind: 'all' }, purgeAt: 1 } as const;
  await schedules.change('cli:ann', () => ({
    card: { factor: 'card', rules: [rule], after: 'refuse', replacements: [], zone: 'UTC' },
  }));
  let [rounds, done] = [0, false];
  while (!done) {
    done = await purgeUntilKilled(rounds < 3 ? 7 + rounds : accounts);
    rounds += 1;
    const { items } = await people.page({ limit: accounts });
    for (const { value } of items) {
      const lines = value.pending.filter((item) => item.kind === 'audit' && item.event.action === 'keys.purged').length;
      expect(value.keys.map(({ sealed }) => sealed !== undefined)).toEqual([lines === 0, lines === 0, true]);
      expect(lines).toBeLessThanOrEqual(1);
      if (done) expect(lines).toBe(1);
    }
  }
  expect(rounds).toBeGreaterThan(3);
});
