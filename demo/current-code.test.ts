import { expect, test } from '@jest/globals';
import { currentCode } from './current-code.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

test.each([
  [59, '287082', 1],
  [1111111109, '081804', 1],
  [1111111111, '050471', 29],
  [1234567890, '005924', 30],
  [2000000000, '279037', 10],
  [20000000000, '353130', 10],
])('RFC 6238 appendix B: at %i s it is %s', (seconds, code, secondsLeft) => {
  expect(currentCode(secret, seconds * 1000)).toEqual({ code, secondsLeft });
});

test('a secret may be grouped, padded and in lower case; anything else is refused', () => {
  expect(currentCode('gezd gnbv gy3t qojq-gezd gnbv gy3t qojq==', 59_000)?.code).toBe('287082');
  expect(currentCode('not a secret!', 0)).toBeUndefined();
  expect(currentCode('', 0)).toBeUndefined();
});
