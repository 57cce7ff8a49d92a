import { expect, test } from '@jest/globals';
import type { AuditEvent } from '../accounts/person.ts';
import { createCountedRefusals } from './counted-refusals.ts';

const paused = (at: number, person = 'an'): AuditEvent => ({
  at,
  actor: person,
  action: 'key.refused',
  person,
  reason: 'attempts_paused',
});

test('A-216b: three thousand paused tries are one line and one more for each minute, with their count; none is lost', () => {
  const lines: AuditEvent[] = [];
  const refusals = createCountedRefusals((event) => lines.push(event));
  for (let at = 0; at < 3_000; at += 1) refusals.note(paused(at * 100));
  refusals.flush();
  expect(lines.length).toBeLessThanOrEqual(2 * 6);
  const counted = lines.reduce((sum, { facts }) => sum + Number(facts?.['more'] ?? 1), 0);
  expect(counted).toBe(3_000);
});

test('A-216b: other events are written at once, and paused tries are counted for each person', () => {
  const lines: AuditEvent[] = [];
  const refusals = createCountedRefusals((event) => lines.push(event));
  for (let again = 0; again < 3; again += 1) {
    refusals.note({ at: again, actor: 'an', action: 'key.refused', reason: 'code_wrong' });
    refusals.note(paused(again));
    refusals.note(paused(again, 'bert'));
  }
  expect(
    lines
      .map(({ reason, person }) => [reason, person ?? ''])
      .map(String)
      .toSorted((one, next) => one.localeCompare(next)),
  ).toEqual(
    [...Array.from({ length: 3 }, () => ['code_wrong', '']), ['attempts_paused', 'an'], ['attempts_paused', 'bert']]
      .map(String)
      .toSorted((one, next) => one.localeCompare(next)),
  );
});

test('A-216b: at most a thousand different refusals are counted at a time', () => {
  const lines: AuditEvent[] = [];
  const refusals = createCountedRefusals((event) => lines.push(event));
  for (let index = 0; index < 5_000; index += 1) {
    refusals.note(paused(1, `person ${index}`));
    refusals.note(paused(1, `person ${index}`));
  }
  refusals.flush();
  expect(lines.reduce((sum, { facts }) => sum + Number(facts?.['more'] ?? 1), 0)).toBe(10_000);
});

test('A-243: answers of unknown keys, which anybody can send without a user name, are counted like paused tries', () => {
  const lines: AuditEvent[] = [];
  const refusals = createCountedRefusals((event) => lines.push(event));
  for (let at = 0; at < 3_000; at += 1)
    refusals.note({
      at,
      actor: 'unknown',
      action: 'key.refused',
      factor: 'passkey',
      client: 'web',
      reason: 'device_unknown',
    });
  refusals.flush();
  expect(lines).toMatchObject([{ at: 0 }, { at: 2_999, facts: { more: 2_999, since: 0 } }]);
});
