/** A relay that is killed between two steps: every item is delivered, none twice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createAuditTrail } from '../audit/audit-log.ts';
import { systemClock } from '../time/clock.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import { until } from '../test/harness/until.ts';
import { createOutboxStore } from './outbox-store.ts';
import { createOutbox } from './outbox.ts';
import { createPeople } from '../accounts/person-store.ts';
import { createRelay } from './relay.ts';
import { eachWithOwnRelay, byText, silent, store, closing } from '../test/harness/small-relay.ts';

eachWithOwnRelay();

describe('D-08 killed between two steps', () => {
  const child = join(import.meta.dirname, '../test/crash/relay-child.ts');

  /** Lets the child work until it has printed `mark` this often, then kills it. Returns the messages that it sent. */
  async function killAt(mark: string, times: number): Promise<string[]> {
    const sentFile = join(store.folder, 'sent');
    const running = spawn(process.execPath, [child, store.address, sentFile], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    running.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').filter((word) => word === mark).length >= times) running.kill('SIGKILL');
    });
    await once(running, 'exit');
    expect(running.signalCode).toBe('SIGKILL');
    const sent = await readFile(sentFile, 'utf8').catch(() => '');
    return sent.split('\n').filter((text) => text !== '');
  }

  test.each([
    ['written', 1],
    ['written', 9],
    ['queued', 2],
    ['appended', 2],
    ['sent', 1],
    ['sent', 12],
    ['struck', 2],
  ])('after %s (%i): audit exactly once, notices at least once, codes at most once', async (mark, times) => {
    const sentBefore = await killAt(mark, times);
    const storage = await store.again();
    const afterwards = createPeople({ storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
    // After the leases of the killed process.
    const clock = { now: () => systemClock.now() + 60_000 };
    const trail = createAuditTrail({ storage, clock, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
    const sentAfter: string[] = [];
    const secretBox = createSecretBox(Buffer.alloc(32, 7));
    const outbox = createOutbox({
      storage,
      secretBox,
      clock,
      senders: {
        email: {
          async send({ text }) {
            sentAfter.push(text);
            return { kind: 'sent' };
          },
        },
      },
      render: (message) => ({ subject: '', text: `${message.template} ${message.data['number']}` }),
      log: silent,
    });
    closing.push(() => outbox.stop());
    const relay = createRelay({ people: afterwards, outbox, audit: trail, clock, log: silent });
    closing.push(() => relay.stop());
    outbox.start();
    await relay.flush();
    const queue = createOutboxStore({ storage: await store.again(), secretBox, mask: () => '' });
    await until('the queue is empty', async () => (await queue.open()).entries.length === 0);

    expect(await afterwards.withPending(1)).toEqual([]);
    const changes = Number((await afterwards.findByUsername('els'))?.givenName);
    expect(changes).toBeGreaterThanOrEqual(1);
    const each = (what: string) => Array.from({ length: changes }, (_, at) => `${what}${at + 1}`).toSorted(byText);
    const actions = (await trail.list({ limit: 1000 })).map((one) => one.event.action);
    expect(actions.filter((action) => action.startsWith('change')).toSorted(byText)).toEqual(each('change.'));
    expect(await trail.verify()).toMatchObject({ ok: true });
    const sent = [...sentBefore, ...sentAfter];
    const notices = sent.filter((text) => text.startsWith('notice'));
    expect([...new Set(notices)].toSorted(byText)).toEqual(each('notice '));
    const codes = sent.filter((text) => text.startsWith('code'));
    expect(new Set(codes).size).toBe(codes.length);
  });
});
