import { expect, test } from '@jest/globals';
import { movableClock } from '../../../time/clock.ts';
import { createKeptMessages } from '../../message-store.ts';
import { smsSenderContract, someSms } from '../../../test/contracts/sms-sender.ts';
import { temporaryStore } from '../../../test/harness/temporary-store.ts';
import { createOutboxSmsSender } from './store-sender.ts';

const open = async () => {
  const clock = movableClock(1_700_000_000_000);
  const store = await temporaryStore(clock);
  const kept = createKeptMessages({ storage: store.storage, clock });
  return { store, kept, sender: createOutboxSmsSender({ kept }) };
};

smsSenderContract('outbox', async () => {
  const { store, kept, sender } = await open();
  return {
    sender,
    seen: async () => (await kept.messages()).map(({ to, text }) => ({ to, text })),
    close: async () => {
      await sender.close();
      await store.close();
    },
  };
});

test('a text message is stored with the mails, with its channel', async () => {
  const { store, kept, sender } = await open();
  await sender.send(someSms());
  expect(await kept.messages()).toEqual([
    { channel: 'sms', to: '+32470123456', text: someSms().text, at: 1_700_000_000_000 },
  ]);
  await store.close();
});

test('an unavailable store is a temporary fault', async () => {
  const { store, sender } = await open();
  await store.close();
  expect(await sender.send(someSms())).toEqual({ kind: 'retry', cause: 'StorageUnavailable', server: true });
});
