import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { checkCode, makeCode, sentCode } from './one-time-code.ts';

const random = { bytes: (length: number) => randomBytes(length), int: (below: number) => randomInt(below) };
const now = Date.UTC(2024, 0, 30, 22, 58);
const lifetime = 5 * 60_000;
const purpose = 'sign-in jan@example.org';
const make = (over: Partial<Parameters<typeof makeCode>[0]> = {}) =>
  makeCode({ random, now, purpose, digits: 6, lifetime, ...over });

describe('a sent code', () => {
  test.each([6, 7, 8])('has %i digits', (digits) => {
    expect(make({ digits }).code).toMatch(new RegExp(`^[0-9]{${digits}}$`));
  });

  test('is right, for its purpose only', () => {
    const { code, sent } = make();
    expect(checkCode({ sent, purpose, input: { code }, now })).toEqual({ ok: true, value: undefined });
    for (const other of ['sign-in marie@example.org', 'enrolment jan@example.org', '', `${purpose}\n`])
      expect(checkCode({ sent, purpose: other, input: { code }, now })).toEqual({ ok: false, reason: 'code_wrong' });
  });

  test.each([
    [-1, true],
    [0, true],
    [lifetime - 1, true],
    [lifetime, false],
    [lifetime + 1, false],
    [299_000, true],
    [301_000, false],
  ])('A-019: %i ms after sending: %s', (later, counts) => {
    const { code, sent } = make();
    const outcome = checkCode({ sent, purpose, input: { code }, now: now + later });
    expect(outcome).toEqual(counts ? { ok: true, value: undefined } : { ok: false, reason: 'code_expired' });
  });

  test('every other code is wrong', () => {
    const { code, sent } = make();
    for (let away = 1; away <= 1000; away += 1) {
      const other = String((Number(code) + away) % 1_000_000).padStart(6, '0');
      expect(checkCode({ sent, purpose, input: { code: other }, now })).toEqual({ ok: false, reason: 'code_wrong' });
    }
  });

  test('is not stored, and the same code has a different digest each time', () => {
    const { code, sent } = make();
    expect(JSON.stringify(sent)).not.toContain(code);
    const steady = { ...random, int: () => 123_456 };
    const [one, other] = [make({ random: steady }), make({ random: steady })];
    expect(one.code).toBe(other.code);
    expect(one.sent.digest).not.toBe(other.sent.digest);
    expect(one.sent.id).not.toBe(other.sent.id);
  });

  test('the stored state passes JSON and its schema', () => {
    const { sent } = make();
    expect(sentCode.parse(JSON.parse(JSON.stringify(sent)))).toEqual(sent);
  });
});

test.each([
  ['too few digits', { digits: 5 }],
  ['too many digits', { digits: 9 }],
  ['half a digit', { digits: 6.5 }],
  ['no life', { lifetime: 0 }],
  ['more than ten minutes', { lifetime: 600_001 }],
  ['no number', { lifetime: Number.NaN }],
])('refuses to make a code with %s', (_name, over) => {
  expect(() => make(over)).toThrow(RangeError);
});

test('at most ten minutes and eight digits', () => {
  const { sent } = make({ lifetime: 600_000, digits: 8 });
  expect(sent).toMatchObject({ sentAt: now, expiresAt: now + 600_000, digits: 8 });
});
