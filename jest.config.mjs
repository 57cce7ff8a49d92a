export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './test/strip-types.mjs' },
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/state/', '<rootDir>/docs/examples/'],
  modulePathIgnorePatterns: ['<rootDir>/state/'],
  globalSetup: './test/global-setup.ts',
  globalTeardown: './test/global-teardown.ts',
  setupFiles: ['<rootDir>/test/setup.ts'],
  // Both cores: jest would leave one of two idle.
  maxWorkers: '100%',
  // Ends what would never end; what takes long on a busy machine is not wrong.
  testTimeout: 90_000,
};
