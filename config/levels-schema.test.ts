import { expect, test } from '@jest/globals';
import { proofTraits } from '../factors/contract.ts';
import { addLevelPreset, traits } from './levels-schema.ts';

const filled = (tree: Record<string, unknown>) => {
  addLevelPreset(tree);
  return tree;
};

test('A-582 a level can demand what a proof can show', () => {
  expect(traits).toEqual(proofTraits);
});

test('A-582 a preset fills what the file does not say, and nothing else', () => {
  expect(filled({ acr: { low: 'urn:x' } })).toEqual({ acr: { low: 'urn:x' } });
  expect(filled({ levels: { preset: 'none' } })).toEqual({ levels: { preset: 'none' } });
  expect(filled({ levels: { preset: 'eidas', high: { demands: ['hardware'] } }, acr: { low: 'urn:x' } })).toEqual({
    levels: { preset: 'eidas', substantial: { demands: ['possession', 'notified'] }, high: { demands: ['hardware'] } },
    acr: {
      low: 'urn:x',
      substantial: 'http://eidas.europa.eu/LoA/substantial',
      high: 'http://eidas.europa.eu/LoA/high',
    },
  });
  expect(filled({ levels: { preset: 'nist' } })['acr']).toEqual({
    single: 'http://idmanagement.gov/ns/assurance/aal/1',
    substantial: 'http://idmanagement.gov/ns/assurance/aal/2',
    high: 'http://idmanagement.gov/ns/assurance/aal/3',
  });
});
