import { expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRootKeys, writeRootKeys } from './root-key.ts';

test('several processes make one root key, and none reads it half written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-root-key-'));
  try {
    const keys = await Promise.all(Array.from({ length: 16 }, async () => (await openRootKeys(folder))[0]));
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    expect(await openRootKeys(folder)).toEqual([keys[0]]);
    expect(await readdir(folder)).toEqual(['root.key']);
    expect((await stat(join(folder, 'root.key'))).mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('A-225a: a second key follows the first in the same file, which is replaced atomically', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-root-key-'));
  try {
    const [first] = await openRootKeys(folder);
    const second = Buffer.alloc(32, 9);
    await writeRootKeys(folder, [second, first]);
    expect(await openRootKeys(folder)).toEqual([second, first]);
    expect(await readdir(folder)).toEqual(['root.key']);
    expect((await stat(join(folder, 'root.key'))).mode & 0o777).toBe(0o600);
    await writeFile(join(folder, 'root.key'), `${second.toString('base64')}\nc2hvcnQ=\n`);
    await expect(openRootKeys(folder)).rejects.toThrow('damaged');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
