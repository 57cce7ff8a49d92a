/** Exports the file of the contract suite, which authors of other factors run too, for our tests. */
export * from '../../factors/contract-suite/json-shapes.ts';
