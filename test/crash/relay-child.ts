/**
 * Changes a person again and again until it is killed, each change with a pending audit event, notice and code, and
 * prints what it has just done, one word a line, so that a test can kill it at that moment. Arguments: the store (a
 * file, or the address of a MongoDB database), a file for what was sent.
 */
import { appendFileSync } from 'node:fs';
import { pino } from 'pino';
import { systemClock } from '../../time/clock.ts';
import { createSecretBox } from '../../adapters/secret-box.ts';
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import { openMongodb } from '../../adapters/storage/mongodb/open-mongodb.ts';
import { createAuditTrail } from '../../audit/audit-log.ts';
import { createOutbox } from '../../messages/outbox.ts';
import { createPeople, newPendingId, addPending, type People } from '../../accounts/person-store.ts';
import type { PendingItem } from '../../accounts/person.ts';
import { createRelay } from '../../messages/relay.ts';
import { blankAccount } from '../harness/blank-account.ts';
import { say } from './say.ts';

const [, , store = '', sentFile = ''] = process.argv;

const clock = systemClock;
const log = pino({ level: 'silent' });
const storage = store.startsWith('mongodb')
  ? await openMongodb({ uri: store, clock, doesServerExpire: false })
  : await openEmbedded({ file: store, clock });
const people = createPeople({ storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
const trail = createAuditTrail({ storage, clock, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
const outbox = createOutbox({
  storage,
  secretBox: createSecretBox(Buffer.alloc(32, 7)),
  clock,
  senders: {
    email: {
      async send(mail) {
        appendFileSync(sentFile, `${mail.text}\n`);
        say('sent');
        return { kind: 'sent' };
      },
    },
  },
  render: (message) => ({ subject: message.template, text: `${message.template} ${message.data['number']}` }),
  log,
});
const striking: Pick<People, 'withPending' | 'change' | 'forget' | 'onPending'> = {
  forget: (id, delivered) => people.forget(id, delivered),
  withPending: (limit) => people.withPending(limit),
  onPending: (listener) => people.onPending(listener),
  async change(id, change) {
    const changed = await people.change(id, change);
    say('struck');
    return changed;
  },
};
const relay = createRelay({
  people: striking,
  outbox: {
    async queue(messages) {
      await outbox.queue(messages);
      say('queued');
    },
  },
  audit: {
    async append(lines) {
      await trail.append(lines);
      say('appended');
    },
  },
  clock,
  log,
});
outbox.start();
relay.start();

const added = await people.add({
  ...blankAccount,
  username: 'els',
  givenName: '0',
  createdAt: clock.now(),
});
if (!added.ok) throw new Error('taken');

const message = (template: string, number: number, expiresAt?: number): PendingItem => ({
  kind: 'message',
  id: newPendingId(),
  message: {
    channel: 'email',
    to: 'els@example.org',
    language: 'nl',
    source: 'core',
    template,
    data: { number },
    queuedAt: clock.now(),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  },
});
for (let number = 1; ; number += 1) {
  const event = { at: clock.now(), actor: 'els', action: `change.${number}` };
  const items: PendingItem[] = [
    { kind: 'audit', id: newPendingId(), event },
    message('notice', number),
    message('code', number, clock.now() + 3_600_000),
  ];
  await people.change(added.person.id, (now) => addPending({ ...now, givenName: String(number) }, ...items));
  say('written');
  await new Promise((resolve) => {
    setTimeout(resolve, 7);
  });
}
