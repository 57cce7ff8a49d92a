/** Plays the person's side: a security key. */
import { simulatorOf } from '../../test/harness/device-simulator.ts';

export default simulatorOf({
  kind: { attachment: 'cross-platform', verifies: false },
  settings: [{}, { userVerification: 'discouraged' }],
});
