/** Plays the person's side: a telephone with its own number. */
import { randomInt } from 'node:crypto';
import type { Device, Sight, Simulator } from '../kit/simulator.ts';

const read = ({ messages = [] }: Sight): string => String(messages.at(-1)?.data['code']);

/** A telephone with its own number: the newest message counts. */
function createDevice(): Device {
  const number = `0470 ${String(randomInt(1_000_000)).padStart(6, '0')}`;
  const international = number.replace('0470 ', '+32 470');
  return {
    confirm: (sight) =>
      sight.messages === undefined
        ? { number: sight.shows['national'] === true ? number : international, risk: 'accepted' }
        : { code: read(sight) },
    take: () => undefined,
    answer: (sight) => ({ code: read(sight) }),
    wrongAnswer: (sight) => ({ code: read(sight).replace(/.$/, (last) => String((Number(last) + 1) % 10)) }),
  };
}

const simulator: Simulator = {
  createDevice,
  settings: [{}, { digits: 8, lifetimeMinutes: 10, homeCountry: 'BE', strength: 'low' }],
  showsSecretAtEnrolment: false,
  olderSecrets: [],
};
export default simulator;
