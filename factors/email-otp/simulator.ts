/** Plays the person's side: a mailbox. */
import type { Device, Sight, Simulator } from '../kit/simulator.ts';

const read = ({ messages = [] }: Sight): string => String(messages.at(-1)?.data['code']);

/** A mailbox: the newest message counts. */
function createDevice(): Device {
  return {
    confirm: (sight) => ({ code: read(sight) }),
    take: () => undefined,
    answer: (sight) => ({ code: read(sight) }),
    wrongAnswer: (sight) => ({ code: read(sight).replace(/.$/, (last) => String((Number(last) + 1) % 10)) }),
  };
}

const simulator: Simulator = {
  createDevice,
  settings: [{}, { digits: 8, lifetimeMinutes: 10 }],
  showsSecretAtEnrolment: false,
  olderSecrets: [],
};
export default simulator;
