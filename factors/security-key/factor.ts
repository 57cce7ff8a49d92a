/** A security key on USB, NFC or Bluetooth (FIDO2, WebAuthn, roaming authenticator). */
import { defineFactor } from '../contract.ts';
import { deviceFactor } from '../kit/webauthn.ts';
import { settings } from './settings.ts';

export default defineFactor({
  id: 'security-key',
  settings,
  ...deviceFactor({ attachment: 'cross-platform', hints: ['security-key'], discoverable: false, inHand: ['fob'] }),
});
