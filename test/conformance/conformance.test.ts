/**
 * Checks without a suite what its runs depend on: the product accepts the configuration, and the table counts
 * correctly.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readDeployment } from '../../app/services.ts';
import { clientsFor, newKey, writeConfiguration } from './configuration.ts';
import { lineOf } from './table.ts';

const folder = await mkdtemp(join(tmpdir(), 'rekey-conformance-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([true, false])(
  'the product and its engine accept the configuration (back-channel logout: %s)',
  async (logoutUri) => {
    const suite = 'https://127.0.0.1:8443';
    const more = clientsFor(suite, logoutUri, [newKey('one').open, newKey('two').open]);
    const file = await writeConfiguration(folder, more, suite, [9300, 9301, 9302]);
    const { loaded } = await readDeployment(file, {}, { byEngine: true });
    expect(loaded.ok ? [] : loaded.mistakes).toEqual([]);
  },
);

test('an interrupted or unfinished module counts as failed, and is never left out', () => {
  const results = ['PASSED', 'INTERRUPTED', 'LATE', 'REVIEW', 'UNKNOWN', 'FAILED'];
  const line = lineOf(
    'Basic',
    results.map((result) => ({ module: 'm', result, remarks: [] })),
  );
  expect(line).toBe('| Basic | 6 | 1 |  | 1 |  | 4 |');
});
