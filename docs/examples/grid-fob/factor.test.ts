/** What only this factor promises. Run it with `node --import rekey/register --test factor.test.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersonFacts } from 'rekey/factor';
import { factorTools } from 'rekey/factor-tools';
import { cellsOf, nameOfCell } from './grid.ts';
import factor from './factor.ts';

const start = Date.parse('2024-01-31T12:00:00Z');
const an: PersonFacts = { id: 'p-an', username: 'an', displayName: 'An', email: undefined, language: 'nl' };

await test('a fob works for as many months as is set, and warns before', async () => {
  const settings = factor.settings.parse({ months: 12, warnDays: 10 });
  const made = await factor.issue?.make(factorTools(settings, start), an);
  const until = Date.parse('2025-01-31T12:00:00Z');
  assert.deepEqual(factor.health(made?.secret, start, settings), { kind: 'healthy', until });
  assert.deepEqual(factor.health(made?.secret, until - 10 * 86_400_000, settings), { kind: 'renew-soon', until });
});

await test('a question asks for two different numbers of the grid', () => {
  for (let number = 1; number < 1000; number += 1) {
    const names = cellsOf('a-seed', number).map((cell) => nameOfCell(cell));
    assert.equal(new Set(names).size, 2);
    for (const name of names) assert.match(name, /^[A-E][1-5]$/);
  }
});
