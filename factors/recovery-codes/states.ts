import { z } from 'zod';
import { codesInSet } from './code.ts';

/** Of a set, random: a question put to one set is void for the next. */
const set = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const index = z
  .int()
  .min(0)
  .max(codesInSet - 1);

/** PHC string of argon2id (https://github.com/P-H-C/phc-string-format), never costlier than is good for the one who has to check it. */
const hash = z.string().refine((phc) => {
  const [, memory, passes, lanes] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,172}$/.exec(phc) ?? [];
  return memory !== undefined && Number(memory) <= 262_144 && Number(passes) <= 10 && Number(lanes) <= 16;
});

const content = {
  set,
  /** Of code 0, 1, 2 … in this order. */
  hashes: z.array(hash).length(codesInSet),
  /** Numbers of the codes that were used, in the order in which they were. */
  used: z.array(index).max(codesInSet),
};

export const secret = z.strictObject({ version: z.literal(1), ...content });
export type Secret = z.infer<typeof secret>;

/** The codes in clear, until one of them was typed; they are hashed only then. */
export const pending = z.strictObject({
  version: z.literal(1),
  set,
  codes: z.array(z.string().regex(/^[0-9][0-9A-HJKMNP-TV-Z]{15}$/)).length(codesInSet),
});
export type Pending = z.infer<typeof pending>;

export const challenge = z.strictObject({ version: z.literal(1), set });
export type Challenge = z.infer<typeof challenge>;

export type Facts = Readonly<Record<string, never>>;

/** As `dump` gives a set; the codes in clear are never known afterwards. */
export const transferred = z.strictObject(content);
