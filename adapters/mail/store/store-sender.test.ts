import { expect, test } from '@jest/globals';
import { movableClock } from '../../../time/clock.ts';
import { senderContract, someMail } from '../../../test/contracts/sender.ts';
import { temporaryStore } from '../../../test/harness/temporary-store.ts';
import { createKeptSender, isKeptSender } from './store-sender.ts';

const open = async () => {
  const clock = movableClock(1_700_000_000_000);
  const store = await temporaryStore(clock);
  return { clock, store, sender: createKeptSender({ storage: store.storage, clock }) };
};

senderContract('kept', async () => {
  const { store, sender } = await open();
  return {
    sender,
    seen: async () => (await sender.messages()).map(({ to, subject = '', text }) => ({ to: [to], subject, text })),
    close: async () => {
      await sender.close();
      await store.close();
    },
  };
});

test('the last 500 are kept, oldest first, also by the next process', async () => {
  const { clock, store, sender } = await open();
  for (let at = 0; at < 530; at++) {
    if (at % 3 === 0) clock.advance(1000);
    await sender.send(someMail({ subject: `number ${at}` }));
  }
  const subjects = (await sender.messages()).map(({ subject }) => subject);
  expect(subjects).toEqual(Array.from({ length: 500 }, (_, at) => `number ${at + 30}`));
  const next = createKeptSender({ storage: await store.again(), clock });
  expect((await next.messages()).map(({ subject }) => subject)).toEqual(subjects);
  await store.close();
});

test('a listener is called for every message, until it is removed', async () => {
  const { store, sender } = await open();
  let heard = 0;
  const stop = sender.onMessage(() => {
    heard += 1;
  });
  await sender.send(someMail());
  await sender.send(someMail({ to: 'a@example.org, b@example.net' }));
  stop();
  await sender.send(someMail());
  expect(heard).toBe(1);
  expect(isKeptSender(sender)).toBe(true);
  await store.close();
});

test('an unavailable store is a temporary fault', async () => {
  const { store, sender } = await open();
  await store.close();
  expect(await sender.send(someMail())).toEqual({ kind: 'retry', cause: 'StorageUnavailable', server: true });
});
