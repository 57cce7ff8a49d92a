import { expect, test } from '@jest/globals';
import { deadlinesFrom } from './second-factor-deadlines.ts';

const zone = 'Europe/Brussels';

test('"voluntary until and including" ends at the midnight after it, in its zone', () => {
  const until = { group: 'staff', announce: '2025-03-03', voluntaryUntilAndIncluding: '2025-03-30', zone };
  const [deadline] = deadlinesFrom([until], 0);
  // Summer time began in the night before.
  expect(deadline).toEqual({
    group: 'staff',
    announceAt: Date.parse('2025-03-03T00:00:00+01:00'),
    from: Date.parse('2025-03-31T00:00:00+02:00'),
    zone,
  });
  expect(deadlinesFrom([{ client: 'desk', from: '2025-03-31', zone }], 0)[0]?.from).toBe(deadline?.from);
});

test('a demo counts its days from the start', () => {
  const now = Date.parse('2025-03-20T23:30:00+01:00');
  expect(deadlinesFrom([{ voluntaryUntilAndIncluding: 'in 10 days', zone }], now)).toEqual([
    { from: Date.parse('2025-03-31T00:00:00+02:00'), zone },
  ]);
});
