/** What can be set, and what the core keeps of a fob. */
import { z } from 'rekey/factor';

export const settings = z.strictObject({
  /** How long a new fob works. */
  months: z.int().min(1).max(60).default(24),
  /** For how many days before its end the person is reminded. */
  warnDays: z.int().min(0).max(365).default(30),
});
export type Settings = z.infer<typeof settings>;

const version = z.literal(1);
const serial = z.string().regex(/^[0-9]{8}$/);

export const secret = z.strictObject({
  version,
  serial,
  /** Row by row. */
  numbers: z.array(z.string().regex(/^[0-9]{3}$/)).length(25),
  /** The questions are drawn from it. */
  seed: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  answered: z.int().min(0),
  /** First instant (ms) at which it no longer works. */
  expiresAt: z.int().min(0),
});

export const states = {
  secret,
  // There is no enrolment.
  pending: z.strictObject({ version }),
  challenge: z.strictObject({ version, serial, number: z.int().min(1) }),
};
