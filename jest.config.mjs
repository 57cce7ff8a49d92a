export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './test/strip-types.mjs' },
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/state/'],
  modulePathIgnorePatterns: ['/state/'],
  globalSetup: './test/global-setup.ts',
  globalTeardown: './test/global-teardown.ts',
  setupFiles: ['<rootDir>/test/setup.ts'],
  // Both cores: jest would leave one of two idle.
  maxWorkers: '100%',
  // A server across a socket is slower than a file in the process.
  testTimeout: process.env.REKEY_TEST_STORAGE === 'mongodb' ? 90_000 : 30_000,
};
