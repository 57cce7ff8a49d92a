import { deviceSettings } from '../kit/webauthn-settings.ts';

export const settings = deviceSettings({});
