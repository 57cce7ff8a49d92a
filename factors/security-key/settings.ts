/** What a deployment may set of security keys. */
import { z } from 'zod';
import { deviceSettings } from '../kit/webauthn-settings.ts';

export const settings = deviceSettings({
  userVerification: z
    .enum(['required', 'preferred', 'discouraged'])
    .default('preferred')
    .describe('Whether the key must ask for its PIN or a finger: `preferred` asks where the key can.'),
});
