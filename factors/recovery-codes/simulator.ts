/** Plays the person's side: a sheet of paper. */
import type { Device, Simulator } from '../kit/simulator.ts';

/** A sheet of paper: the person crosses out used codes. */
function createDevice(): Device {
  let codes: readonly string[] = [];
  let next = 0;
  return {
    confirm({ shows }) {
      codes = shows['codes'] as readonly string[];
      next = 1;
      return { code: codes[0] ?? '' };
    },
    take: () => undefined,
    answer: () => ({ code: codes[next++] ?? '' }),
    wrongAnswer() {
      const code = codes[next] ?? '';
      return { code: `${code.slice(0, -1)}${code.endsWith('7') ? '8' : '7'}` };
    },
  };
}

const simulator: Simulator = {
  createDevice,
  settings: [{}, { warnAt: 1 }],
  showsSecretAtEnrolment: true,
  olderSecrets: [],
};
export default simulator;
