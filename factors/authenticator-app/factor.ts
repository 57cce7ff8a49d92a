/** A code from an authenticator app on the person's telephone (TOTP, RFC 6238). */
import { accepted, defineFactor, refused } from '../contract.ts';
import { normaliseCode } from '../kit/normalise-code.ts';
import { challenge, verify } from './authenticate.ts';
import { digits } from './check-code.ts';
import { begin, confirm } from './enrol.ts';
import { settings } from './settings.ts';
import * as states from './states.ts';

export default defineFactor({
  id: 'authenticator-app',
  settings,
  states: { secret: states.secret, pending: states.pending, challenge: states.challenge },
  traits: { many: true, selfService: true, script: false, inHand: ['phone', 'computer'] },
  begin,
  confirm,
  challenge,
  verify,
  wellFormed: (_secret, _challenge, input) => normaliseCode(input, digits).ok,
  strength: () => 'substantial',
  assure: () => ({
    amr: ['otp'],
    strength: 'substantial',
    possession: true,
    userVerified: false,
    hardware: false,
    phishingResistant: false,
    otherChannel: false,
  }),
  health: () => ({ kind: 'healthy' }),
  // Nothing about an app may be shown: the secret is all that there is. The person's own label tells several apart.
  describe: () => ({ detail: '' }),
  transfer: {
    async load(_tools, data) {
      const known = states.transferred.safeParse(data);
      return known.success ? accepted({ version: 1, ...known.data }) : refused('key_state_unreadable');
    },
    dump: ({ secret, lastStep }) => ({ secret, lastStep }),
  },
});
