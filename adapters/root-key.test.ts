import { expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRootKey } from './root-key.ts';

test('made once, whoever comes first, and never seen half written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-root-key-'));
  try {
    const keys = await Promise.all(Array.from({ length: 16 }, () => openRootKey(folder)));
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    expect(await openRootKey(folder)).toEqual(keys[0]);
    expect(await readdir(folder)).toEqual(['root.key']);
    expect((await stat(join(folder, 'root.key'))).mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
