import { z } from 'zod';

const steps = z.int().min(0).max(1);

export const settings = z.strictObject({
  /**
   * Which time steps of 30 s count besides the current one. One before and one after forgives a slow typist and a telephone whose clock is half a
   * minute off; ASVS 6.5.5 asks for 30 s of life, which is `past: 0, future: 0`.
   */
  window: z.strictObject({ past: steps.default(1), future: steps.default(1) }).prefault({}),
});
export type Settings = z.infer<typeof settings>;
