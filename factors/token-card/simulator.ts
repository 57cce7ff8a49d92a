/** Plays the person's side: a paper card. */
import type { Device, Sight, Simulator } from '../kit/simulator.ts';

/** A paper card. */
function createDevice(): Device {
  let codes: Readonly<Record<string, string>> = {};
  const asked = ({ shows }: Sight): string => String(codes[String(shows['position'])]);
  return {
    confirm: () => ({}),
    take(clear) {
      codes = clear['codes'] as Readonly<Record<string, string>>;
    },
    answer: (sight) => ({ code: asked(sight) }),
    wrongAnswer(sight) {
      const right = asked(sight);
      return { code: Object.values(codes).find((code) => code !== right) ?? '' };
    },
  };
}

const simulator: Simulator = {
  createDevice,
  settings: [{}, { reuse: 'reusable' }, { digits: 8, count: 48 }],
  showsSecretAtEnrolment: false,
  olderSecrets: [],
};
export default simulator;
