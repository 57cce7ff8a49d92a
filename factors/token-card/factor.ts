/** A paper card with numbered codes, one of which is asked for at each sign-in. */
import { defineFactor } from '../contract.ts';
import type { Assurance, Health } from '../contract.ts';
import { normaliseCode } from '../kit/normalise-code.ts';
import { challenge, verify } from './authenticate.ts';
import { open } from './draw.ts';
import { dump, issue, load, notByOneself } from './enrol.ts';
import { tailOf } from './serial.ts';
import { settings } from './settings.ts';
import type { Settings } from './settings.ts';
import * as states from './states.ts';
import type { Facts, Secret } from './states.ts';

const proof = (facts: Facts, { reuse }: Settings): Assurance => ({
  amr: ['otp'],
  strength: facts.reusable || reuse === 'reusable' ? 'low' : 'substantial',
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
});

export default defineFactor({
  id: 'token-card',
  settings,
  states: { secret: states.secret, pending: states.pending, challenge: states.challenge },
  traits: { many: false, selfService: false, script: false, inHand: ['card'] },
  begin: notByOneself,
  confirm: notByOneself,
  challenge,
  verify,
  wellFormed: ({ digits }, _challenge, input) => normaliseCode(input, digits).ok,
  // A look-up secret has its full level only if each code counts once (NIST SP 800-63B-4 §3.1.2.2).
  strength: ({ reuse }: Settings) => (reuse === 'single-use' ? 'substantial' : 'low'),
  assure: proof,
  best: (settings: Settings) => proof({ reusable: false }, settings),
  health(secret: Secret, _now: number, { reuse, warnAt }: Settings): Health {
    const left = open(secret, reuse).length;
    if (left === 0) return { kind: 'exhausted' };
    return reuse === 'single-use' && left <= warnAt ? { kind: 'renew-soon', left } : { kind: 'healthy' };
  },
  describe: ({ serial }: Secret) => ({ detail: tailOf(serial) }),
  issue: { noun: 'card', make: issue },
  transfer: { load, dump },
});
