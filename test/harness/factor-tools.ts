/** Where tests of factors find it: with the contract suite, which strangers run too. */
export * from '../../factors/contract-suite/tools.ts';
