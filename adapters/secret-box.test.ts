import { createCipheriv, hkdfSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createSecretBox, rootKeyId } from './secret-box.ts';

const [first, second, third] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

describe('A-225a: a root key is replaced, and nothing is lost', () => {
  const before = createSecretBox(first);
  const both = createSecretBox(first, { others: [second] });
  const promoted = createSecretBox(second, { others: [first], digestBase: first });
  const after = createSecretBox(second, { digestBase: first });
  const value = { secret: 'tulips' };

  test('values sealed under either key open while both are configured', () => {
    for (const sealed of [before, both, promoted].map((box) => box.seal(value, 'place')))
      for (const box of [both, promoted]) expect(box.open(sealed, 'place')).toEqual(value);
    expect(after.open(before.seal(value, 'place'), 'place')).toBeUndefined();
    expect(after.open(promoted.seal(value, 'place'), 'place')).toEqual(value);
    expect(promoted.open(promoted.seal(value, 'place'), 'another place')).toBeUndefined();
  });

  test('each value names its root key', () => {
    expect(both.isCurrent(before.seal(value, 'place'))).toBe(true);
    expect(promoted.isCurrent(before.seal(value, 'place'))).toBe(false);
    expect(promoted.isCurrent(after.seal(value, 'place'))).toBe(true);
    expect(new Set([first, second, third].map(rootKeyId)).size).toBe(3);
  });

  test('a value with an altered id, or the id of another root key, does not open', () => {
    const bytes = Buffer.from(promoted.seal(value, 'place'), 'base64url');
    Buffer.from(rootKeyId(first), 'hex').copy(bytes, 13);
    expect(promoted.open(bytes.toString('base64url'), 'place')).toBeUndefined();
    expect(createSecretBox(third).open(before.seal(value, 'place'), 'place')).toBeUndefined();
  });

  test('values without an id open, and must be sealed again', () => {
    const key = Buffer.from(hkdfSync('sha256', first, '', 'rekey sealing 1', 32));
    const iv = Buffer.alloc(12, 5);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from('place'));
    const body = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
    const sealed = Buffer.concat([Buffer.of(1), iv, cipher.getAuthTag(), body]).toString('base64url');
    for (const box of [before, both, promoted]) expect(box.open(sealed, 'place')).toEqual(value);
    expect(after.open(sealed, 'place')).toBeUndefined();
    expect([before, promoted].map((box) => box.isCurrent(sealed))).toEqual([false, false]);
  });

  test('digests and named keys do not change', () => {
    for (const box of [both, promoted, after]) {
      expect(box.digest('rose', 'password pepper')).toBe(before.digest('rose', 'password pepper'));
      expect(box.namedKey('audit chain').equals(before.namedKey('audit chain'))).toBe(true);
    }
    expect(before.digest('rose', 'one')).not.toBe(before.digest('rose', 'another'));
    expect(createSecretBox(second).digest('rose', 'one')).not.toBe(before.digest('rose', 'one'));
  });
});
