/** A code sent by text message to a number that the person has proved to have. */
import { accepted, defineFactor, refused, type Assurance } from '../contract.ts';
import { normaliseCode } from '../kit/normalise-code.ts';
import { maskPhoneNumber } from '../kit/phone-number.ts';
import { noneSpent } from '../kit/spent-challenges.ts';
import { challenge, verify } from './authenticate.ts';
import { again, begin, confirm } from './enrol.ts';
import { settings, type Settings } from './settings.ts';
import * as states from './states.ts';

// A code over the telephone network proves the possession of the subscription (NIST SP 800-63B-4 §3.1.3.3), and a person
// can be tricked to pass it on.
const proof = ({ strength }: Settings): Assurance => ({
  amr: ['otp', 'sms'],
  strength,
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: true,
});

export default defineFactor({
  id: 'sms',
  settings,
  states: { secret: states.secret, pending: states.pending, challenge: states.challenge },
  traits: { many: false, selfService: true, sends: 'sms', restricted: true, script: false, inHand: ['phone'] },
  begin,
  confirm,
  again,
  challenge,
  verify,
  wellFormed: (_secret, { sent }, input) => normaliseCode(input, sent.digits).ok,
  strength: ({ strength }) => strength,
  assure: (_facts, given) => proof(given),
  best: proof,
  health: () => ({ kind: 'healthy' }),
  describe: ({ number }) => ({ detail: maskPhoneNumber(number) }),
  transfer: {
    async load(_tools, data) {
      const known = states.transferred.safeParse(data);
      if (!known.success)
        return refused(
          known.error.issues.some(({ path }) => path[0] === 'number') ? 'number_invalid' : 'key_state_unreadable',
        );
      return accepted({ version: 1, ...known.data, spent: noneSpent });
    },
    dump: ({ number, acceptedRisk }) => ({ number, acceptedRisk }),
  },
});
