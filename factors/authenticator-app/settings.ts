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
});
export type Settings = z.infer<typeof settings>;
