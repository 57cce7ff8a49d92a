/**
 * `describe` for tests that start a MongoDB server of their own: left out where none can be had, which the run has said
 * then.
 */
import { describe } from '@jest/globals';
import { variable } from './mongodb-source.ts';

const isThere = (process.env[variable] ?? 'null') !== 'null';

export const withMongodb: typeof describe | typeof describe.skip = isThere ? describe : describe.skip;
