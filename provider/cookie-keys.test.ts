import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createCookieKeys } from './cookie-keys.ts';

describe('the cookie keys', () => {
  const keys = createCookieKeys(['tulips', 'roses']);

  test('sign with the first, as HMAC-SHA-256', () => {
    expect(keys.sign('a=b')).toBe(createHmac('sha256', 'tulips').update('a=b').digest('base64url'));
    expect(keys.index('a=b', keys.sign('a=b'))).toBe(0);
  });

  test('verify with all of them, and report which one matched', () => {
    const older = createCookieKeys(['roses']).sign('a=b');
    expect(keys.index('a=b', older)).toBe(1);
    expect(keys.verify('a=b', older)).toBe(true);
  });

  test.each([
    ['another value', 'a=c', keys.sign('a=b')],
    ['nothing', 'a=b', ''],
    ['a part', 'a=b', keys.sign('a=b').slice(0, -3)],
    ['another key', 'a=b', createCookieKeys(['violets']).sign('a=b')],
    ['no base64', 'a=b', '%%%%'],
  ])('refuse %s', (_what, data, signature) => {
    expect(keys.index(data, signature)).toBe(-1);
    expect(keys.verify(data, signature)).toBe(false);
  });

  test('at least one is required', () => {
    expect(() => createCookieKeys([])).toThrow(RangeError);
  });
});
