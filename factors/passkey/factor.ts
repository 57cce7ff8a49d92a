/**
 * A passkey: the person's device or password manager stores it, it identifies the account, and it verifies the user
 * (WebAuthn, discoverable credential).
 */
import { defineFactor } from '../contract.ts';
import { deviceFactor } from '../kit/webauthn.ts';
import { settings } from './settings.ts';

export default defineFactor({
  id: 'passkey',
  settings,
  ...deviceFactor({ hints: [], discoverable: true, inHand: ['phone', 'computer'] }),
});
