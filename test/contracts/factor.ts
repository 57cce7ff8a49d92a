/** The contract of factors as jest tests: each rule of `factors/contract-suite/` is one. */
import { describe, expect, test } from '@jest/globals';
import type { Factor } from '../../factors/contract.ts';
import { contractChecks } from '../../factors/contract-suite/suite.ts';
import type { FactorPages } from '../../factors/contract-suite/stand.ts';
import type { Simulator } from '../../factors/kit/simulator.ts';

export function factorContract(factor: Factor, simulator: Simulator, pages: FactorPages): void {
  describe(`the contract of ${factor.id}`, () => {
    test.each(contractChecks(factor, simulator, pages))('$name', async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    });
  });
}
