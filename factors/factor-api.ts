/**
 * The module `rekey/factor` for factors outside this repository: the contract, its codes, the simulator's types, and
 * zod.
 */
export * from './contract.ts';
export { factorReasons, type FactorReason, type RefusedField } from './reasons.ts';
export type { Device, Sight, Simulator } from './kit/simulator.ts';
export { z } from 'zod';
