/** What a deployment may set of authenticator apps. */
import { z } from 'zod';

const steps = z.int().min(0).max(1);

export const settings = z.strictObject({
  window: z
    .strictObject({
      past: steps.default(1).describe('Steps of 30 s before the present one: forgives a slow typist.'),
      future: steps
        .default(0)
        .describe(
          'Steps after it: forgives a telephone whose clock is half a minute ahead, and makes guessing half as easy again. ASVS 6.5.5 asks for 0 in both.',
        ),
    })
    .prefault({})
    .describe('Which time steps count besides the present one.'),
  importBits: z
    .int()
    .min(80)
    .max(160)
    .default(128)
    .describe(
      'How many bits a secret that comes in by an import has at least. RFC 4226 §4 R6 asks for 128; many older apps were given 80.',
    ),
});
export type Settings = z.infer<typeof settings>;
