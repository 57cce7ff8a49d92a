/** A code from an authenticator app on the person's telephone (TOTP, RFC 6238). */
import { accepted, defineFactor, refused, type Assurance } from '../contract.ts';
import { normaliseCode } from '../kit/normalise-code.ts';
import { challenge, verify } from './authenticate.ts';
import { digits } from './check-code.ts';
import { begin, confirm, resume } from './enrol.ts';
import { settings } from './settings.ts';
import * as states from './states.ts';

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
  id: 'authenticator-app',
  settings,
  states: { secret: states.secret, pending: states.pending, challenge: states.challenge },
  traits: { many: true, selfService: true, script: false, inHand: ['phone', 'computer'] },
  begin,
  confirm,
  resume,
  challenge,
  verify,
  wellFormed: (secret, _challenge, input) => normaliseCode(input, secret.digits ?? digits).ok,
  strength: () => 'substantial',
  assure: () => proof,
  best: () => proof,
  health: () => ({ kind: 'healthy' }),
  // Nothing of an app may be shown, since it has only a secret. The person's own label distinguishes several apps.
  describe: () => ({ detail: '' }),
  transfer: {
    async load({ settings: { importBits } }, data) {
      const known = states.transferred.safeParse(data);
      if (!known.success) {
        const member = known.error.issues[0]?.path[0];
        return refused('key_state_unreadable', typeof member === 'string' ? { field: member } : {});
      }
      if (states.bitsOf(known.data.secret) < importBits) return refused('key_state_unreadable', { field: 'secret' });
      return accepted({ version: 1, ...withoutAbsent(known.data) });
    },
    dump: ({ version: _version, ...key }) => key,
  },
});

/** A stored document has no members without a value. */
function withoutAbsent({
  secret,
  lastStep,
  algorithm,
  digits: length,
  period,
}: ReturnType<typeof states.transferred.parse>) {
  return {
    secret,
    lastStep,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(length === undefined || length === 6 ? {} : { digits: length }),
    ...(period === undefined ? {} : { period }),
  };
}
