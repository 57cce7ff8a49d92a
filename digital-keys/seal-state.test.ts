import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { Factor } from '../factors/contract.ts';
import { createSealing, type StateReport } from './seal-state.ts';

const secret = z.strictObject({ version: z.literal(1), word: z.string() });
const states = { secret, pending: z.strictObject({}), challenge: z.strictObject({ number: z.int() }) };
const factor = { id: 'fob', states } as unknown as Factor;
const told: Parameters<StateReport>[0][] = [];
const sealing = createSealing(createSecretBox(Buffer.alloc(32, 7)), (facts) => told.push(facts));
const sealKey = (state: unknown) => sealing.sealKey(factor, 'an', 'key', state);

test.each([
  ['a wrong kind', { version: 1, word: 7 }, 'word (invalid_type)'],
  ['a further member', { version: 1, word: 'x', more: 'secret text' }, 'the whole (unrecognized_keys more)'],
  ['what JSON leaves out', { version: 1, word: undefined }, 'word (invalid_type)'],
  ['nothing', undefined, 'the whole (invalid_type)'],
])(
  'A-470 a state that its own schema does not read is not sealed, and told once without a value: %s',
  (_what, state, member) => {
    told.length = 0;
    expect(() => sealKey(state)).toThrow(member);
    expect(told).toEqual([{ factor: 'fob', state: 'secret', member, found: 'written' }]);
  },
);

test.each(['challenge', 'usernameless'] as const)('A-470 the same of a %s', (kind) => {
  expect(() => sealing.sealState(factor, kind, 'uid', { number: 'x' })).toThrow('states.challenge');
  expect(sealing.openState(factor, kind, 'uid', sealing.sealState(factor, kind, 'uid', { number: 1 }))).toEqual({
    number: 1,
  });
});

test('A-470 a kept state that a later schema does not read is told; one that does not open is another matter', () => {
  const sealed = sealKey({ version: 1, word: 'x' });
  const later = { ...factor, states: { ...states, secret: z.strictObject({ version: z.literal(2) }) } };
  told.length = 0;
  expect(sealing.openKey(later, 'an', 'key', sealed)).toBeUndefined();
  expect(told).toEqual([{ factor: 'fob', state: 'secret', member: 'version (invalid_value)', found: 'kept' }]);
  expect(sealing.openKey(factor, 'another', 'key', sealed)).toBeUndefined();
  expect(told).toHaveLength(1);
});
