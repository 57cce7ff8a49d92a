import { expect, test } from '@jest/globals';
import { deliveryOf, worstDelivery } from './delivery-status.ts';
import type { Queued } from './outbox-store.ts';

const now = Date.UTC(2024, 0, 30, 12);
const entry = (over: Partial<Queued>): Queued => ({
  status: 'waiting',
  channel: 'sms',
  destination: '…56',
  tries: 0,
  queuedAt: now,
  nextAt: now,
  ...over,
});

test.each([
  ['queued', {}, 'under-way'],
  ['queued 10 s ago less 1 ms', { queuedAt: now - 9_999 }, 'under-way'],
  ['queued 10 s ago: something holds it up', { queuedAt: now - 10_000 }, 'delayed'],
  ['being sent', { status: 'sending', tries: 1 }, 'under-way'],
  ['being sent for 10 s', { status: 'sending', tries: 1, queuedAt: now - 10_000 }, 'delayed'],
  ['tried, and waiting for another try', { tries: 1 }, 'delayed'],
  ['sent', { status: 'done', ending: 'sent' }, 'left'],
  ['refused for good', { status: 'done', ending: 'refused' }, 'failed'],
  ['perhaps sent', { status: 'done', ending: 'unsure' }, 'delayed'],
  ['too late', { status: 'done', ending: 'expired' }, 'delayed'],
] as const)('%s', (_name, over, delivery) => {
  expect(deliveryOf(entry(over), now)).toBe(delivery);
});

test('a message whose status is no longer stored has left', () => {
  expect(deliveryOf(undefined, now)).toBe('left');
});

test('the worst of several', () => {
  expect(worstDelivery([])).toBe('left');
  expect(worstDelivery(['left', 'under-way'])).toBe('under-way');
  expect(worstDelivery(['left', 'delayed', 'under-way'])).toBe('delayed');
  expect(worstDelivery(['delayed', 'failed', 'left'])).toBe('failed');
});
