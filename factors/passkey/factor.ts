/** A passkey: a key that the person's device or password manager keeps, says itself whose it is, and checks who uses it (WebAuthn, discoverable credential). */
import { defineFactor } from '../contract.ts';
import { deviceFactor } from '../kit/webauthn.ts';
import { settings } from './settings.ts';

export default defineFactor({
  id: 'passkey',
  settings,
  ...deviceFactor({ hints: [], discoverable: true, inHand: ['phone', 'computer'] }),
});
