/** Judges a time-based code (TOTP, RFC 6238). */
import { createGuardrails, verifySync } from 'otplib';
import { accepted, refused } from '../contract.ts';
import type { Input, Outcome } from '../contract.ts';
import { normaliseCode } from '../kit/normalise-code.ts';
import type { Settings } from './settings.ts';
import type { Shape } from './states.ts';

/** The usual parameters, which our own keys have. */
export const digits = 6;
/** Seconds. */
export const period = 30;

/**
 * The library's own minimum is 128 bits; the settings give the minimum of an import, and an imported secret is accepted
 * here.
 */
const guardrails = createGuardrails({ MIN_SECRET_BYTES: 10 });

/**
 * The time step of this code (RFC 6238). `now` (ms) is the server's clock. Refuses with `code_malformed`; with
 * `code_used` if the step is not later than `lastStep`; with `code_wrong`.
 */
export function checkCode(
  of: Shape & {
    secret: string;
    lastStep: number;
    input: Input;
    now: number;
    window: Settings['window'];
  },
): Outcome<number> {
  const seconds = of.period ?? period;
  const code = normaliseCode(of.input, of.digits ?? digits);
  if (!code.ok) return code;
  const epochTolerance: [number, number] = [of.window.past * seconds, of.window.future * seconds];
  const options = {
    secret: of.secret,
    token: code.value,
    epoch: Math.floor(of.now / 1000),
    epochTolerance,
    algorithm: of.algorithm ?? ('sha1' as const),
    digits: of.digits ?? digits,
    period: seconds,
    guardrails,
  } as const;
  const latest = Math.floor(options.epoch / seconds) + of.window.future;
  // Checked twice: the same digits may belong to an earlier step and, once in a million, to a later one as well.
  const later = of.lastStep < latest ? verifySync({ ...options, afterTimeStep: of.lastStep }) : undefined;
  if (later?.valid && 'timeStep' in later && typeof later.timeStep === 'number') return accepted(later.timeStep);
  return refused(verifySync(options).valid ? 'code_used' : 'code_wrong');
}
