/** What a deployment may set of keys in the device itself. */
import { deviceSettings } from '../kit/webauthn-settings.ts';

export const settings = deviceSettings({});
