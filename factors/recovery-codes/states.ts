/** What is kept of a set of recovery codes. */
import { z } from 'zod';
import { codesInSet } from './code.ts';

/** Random id of a set: a challenge of one set is void for the next. */
const set = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const index = z
  .int()
  .min(0)
  .max(codesInSet - 1);

/** PHC string of argon2id (https://github.com/P-H-C/phc-string-format), with a bounded cost. */
const hash = z.string().refine((phc) => {
  const [, memory, passes, lanes] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,172}$/.exec(phc) ?? [];
  return memory !== undefined && Number(memory) <= 262_144 && Number(passes) <= 10 && Number(lanes) <= 16;
});

const content = {
  set,
  /** For code 0, 1, 2 … in this order. */
  hashes: z.array(hash).length(codesInSet),
  /** Numbers of the used codes, in the order of their use. */
  used: z.array(index).max(codesInSet),
};

export const secret = z.strictObject({ version: z.literal(1), ...content });
export type Secret = z.infer<typeof secret>;

/** The codes in clear text until one of them was typed; only then are they hashed. */
export const pending = z.strictObject({
  version: z.literal(1),
  set,
  codes: z.array(z.string().regex(/^[0-9][0-9A-HJKMNP-TV-Z]{15}$/)).length(codesInSet),
});
export type Pending = z.infer<typeof pending>;

export const challenge = z.strictObject({ version: z.literal(1), set });
export type Challenge = z.infer<typeof challenge>;

export type Facts = Readonly<Record<string, never>>;

/** The format of `dump`; the codes themselves are never known afterwards. */
export const transferred = z.strictObject(content);
