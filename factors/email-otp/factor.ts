/** A code sent to the person's proved e-mail address. */
import { accepted, defineFactor, refused, type Assurance } from '../contract.ts';
import { normaliseCode } from '../kit/normalise-code.ts';
import { noneSpent } from '../kit/spent-challenges.ts';
import { challenge, verify } from './authenticate.ts';
import { begin, confirm } from './enrol.ts';
import { maskAddress } from '../kit/mail-domain.ts';
import { settings } from './settings.ts';
import * as states from './states.ts';

// A mailbox is opened by a password from anywhere: it proves no possession, and is never more than low (NIST SP
// 800-63B-4 §3.1.3.1).
const proof: Assurance = {
  amr: ['otp'],
  strength: 'low',
  possession: false,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: true,
};

export default defineFactor({
  id: 'email-otp',
  settings,
  states: { secret: states.secret, pending: states.pending, challenge: states.challenge },
  traits: { many: false, selfService: true, sends: 'email', script: false, inHand: ['phone', 'computer'] },
  begin,
  confirm,
  challenge,
  verify,
  wellFormed: (_secret, { sent }, input) => normaliseCode(input, sent.digits).ok,
  strength: () => 'low',
  assure: () => proof,
  best: () => proof,
  health: () => ({ kind: 'healthy' }),
  // The codes follow the account's address.
  onMailbox: { move: (secret, address) => ({ ...secret, address }) },
  describe: ({ address }) => ({ detail: maskAddress(address) }),
  transfer: {
    async load(_tools, data) {
      const known = states.transferred.safeParse(data);
      return known.success
        ? accepted({ version: 1, address: known.data.address, spent: noneSpent })
        : refused(
            known.error.issues.some(({ path }) => path[0] === 'address') ? 'address_invalid' : 'key_state_unreadable',
          );
    },
    dump: ({ address }) => ({ address }),
  },
});
