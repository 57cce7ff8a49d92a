import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { markedPorts, markRunning } from './running-mark.ts';

test('of two demos in one folder the one that ends does not hide the other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-mark-'));
  try {
    const first = await markRunning(folder, 4000);
    const second = await markRunning(folder, 4100);
    expect(await markedPorts(folder)).toEqual([4000, 4100]);
    await second();
    expect(await markedPorts(folder)).toEqual([4000]);
    // Killed, and started again.
    const again = await markRunning(folder, 4000);
    expect(await markedPorts(folder)).toEqual([4000]);
    await again();
    await first();
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
