/** Plays the person's side: a device with a key of its own. */
import { simulatorOf } from '../../test/harness/device-simulator.ts';

export default simulatorOf({ kind: { attachment: 'platform' }, settings: [{}, { deviceBound: true }] });
