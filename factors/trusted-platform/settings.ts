/** What a deployment may set of keys in the own device. */
import { deviceSettings } from '../kit/webauthn-settings.ts';

export const settings = deviceSettings({});
