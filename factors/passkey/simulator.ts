/** Plays the person's side: a device with passkeys. */
import { simulatorOf } from '../../test/harness/device-simulator.ts';

export default simulatorOf({
  kind: { attachment: 'platform', synced: true },
  settings: [{}, { userVerification: 'preferred' }, { attestation: 'any' }, { withoutName: false }],
});
