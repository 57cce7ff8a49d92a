/** What a deployment may set of recovery codes. */
import { z } from 'zod';
import { codesInSet } from './code.ts';

export const settings = z.strictObject({
  warnAt: z
    .int()
    .min(1)
    .max(codesInSet - 2)
    .default(3)
    .describe('With this many codes left, the person is told to get a new set.'),
});
export type Settings = z.infer<typeof settings>;
