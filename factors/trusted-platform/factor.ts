/**
 * The computer or telephone itself: a key in its security chip, unlocked by Windows Hello, Touch ID or a PIN (WebAuthn,
 * platform authenticator).
 */
import { defineFactor } from '../contract.ts';
import { deviceFactor } from '../kit/webauthn.ts';
import { settings } from './settings.ts';

export default defineFactor({
  id: 'trusted-platform',
  settings,
  ...deviceFactor({
    attachment: 'platform',
    hints: ['client-device'],
    discoverable: false,
    inHand: ['phone', 'computer'],
    userVerification: 'required',
  }),
});
