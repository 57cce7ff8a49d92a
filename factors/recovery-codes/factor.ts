/** Ten codes for the day on which no other key is at hand. Each works once. */
import { defineFactor } from '../contract.ts';
import type { Assurance, Health } from '../contract.ts';
import { challenge, leftOf, verify } from './authenticate.ts';
import { readCode } from './code.ts';
import { begin, confirm, dump, load } from './enrol.ts';
import { settings } from './settings.ts';
import type { Settings } from './settings.ts';
import * as states from './states.ts';
import type { Secret } from './states.ts';

const proof: Assurance = {
  amr: ['otp'],
  strength: 'substantial',
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
};

export default defineFactor({
  id: 'recovery-codes',
  settings,
  states: { secret: states.secret, pending: states.pending, challenge: states.challenge },
  traits: { many: false, selfService: true, script: false, fallback: true },
  begin,
  confirm,
  challenge,
  verify,
  wellFormed: (_secret, _challenge, input) => readCode(input).ok,
  // Look-up secrets that count once each (NIST SP 800-63B-4 §3.1.2).
  strength: () => 'substantial',
  assure: () => proof,
  best: () => proof,
  health(secret: Secret, _now: number, { warnAt }: Settings): Health {
    const left = leftOf(secret);
    if (left === 0) return { kind: 'exhausted' };
    return left <= warnAt ? { kind: 'renew-soon', left } : { kind: 'healthy' };
  },
  describe: () => ({ detail: '' }),
  transfer: { load, dump },
});
