import { verifySync } from 'otplib';
import { accepted, refused } from '../contract.ts';
import type { Input, Outcome } from '../contract.ts';
import { normaliseCode } from '../kit/normalise-code.ts';
import type { Settings } from './settings.ts';

export const digits = 6;
/** Seconds. */
export const period = 30;

/**
 * The time step whose code this is: RFC 6238 with SHA-1, 6 digits, 30 s, as every app has it. `now` (ms) is the server's clock; no other is asked.
 * Refuses with `code_malformed`; with `code_used` when the step is not later than `lastStep`; with `code_wrong`.
 */
export function checkCode(of: {
  secret: string;
  lastStep: number;
  input: Input;
  now: number;
  window: Settings['window'];
}): Outcome<number> {
  const code = normaliseCode(of.input, digits);
  if (!code.ok) return code;
  const epochTolerance: [number, number] = [of.window.past * period, of.window.future * period];
  const options = { secret: of.secret, token: code.value, epoch: Math.floor(of.now / 1000), epochTolerance };
  const latest = Math.floor(options.epoch / period) + of.window.future;
  // Asked twice: the same digits may stand for an earlier step and, once in a million, for a later one as well.
  const later = of.lastStep < latest ? verifySync({ ...options, afterTimeStep: of.lastStep }) : undefined;
  if (later?.valid && 'timeStep' in later && typeof later.timeStep === 'number') return accepted(later.timeStep);
  return refused(verifySync(options).valid ? 'code_used' : 'code_wrong');
}
