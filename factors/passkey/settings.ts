/** What a deployment may set of passkeys. */
import { z } from 'zod';
import { deviceSettings } from '../kit/webauthn-settings.ts';

export const settings = deviceSettings({
  userVerification: z
    .enum(['required', 'preferred'])
    .default('required')
    .describe(
      'Whether the device must verify the user (PIN, finger, face). Without that a passkey is only a second step beside the password.',
    ),
  withoutName: z
    .boolean()
    .default(true)
    .describe('Offer on the first page to sign in with it without user name and password.'),
});
