import { createGuardrails, verifySync } from 'otplib';
import { accepted, refused } from '../contract.ts';
import type { Input, Outcome } from '../contract.ts';
import { normaliseCode } from '../kit/normalise-code.ts';
import type { Settings } from './settings.ts';
import type { Shape } from './states.ts';

/** What is usual, and what we give out. */
export const digits = 6;
/** Seconds. */
export const period = 30;

/** The library's own floor is 128 bits; how few are taken at an import is said by the settings, and what was taken is verified. */
const guardrails = createGuardrails({ MIN_SECRET_BYTES: 10 });

/**
 * The time step whose code this is (RFC 6238). `now` (ms) is the server's clock; no other is asked.
 * Refuses with `code_malformed`; with `code_used` when the step is not later than `lastStep`; with `code_wrong`.
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
  // Asked twice: the same digits may stand for an earlier step and, once in a million, for a later one as well.
  const later = of.lastStep < latest ? verifySync({ ...options, afterTimeStep: of.lastStep }) : undefined;
  if (later?.valid && 'timeStep' in later && typeof later.timeStep === 'number') return accepted(later.timeStep);
  return refused(verifySync(options).valid ? 'code_used' : 'code_wrong');
}
