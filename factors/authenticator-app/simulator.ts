/** Plays the person's side: an app with a correct clock. */
import { generateSync } from 'otplib';
import type { Device, Simulator } from '../kit/simulator.ts';
import { digits, period } from './check-code.ts';

/** The app on the telephone, with a correct clock. */
function createDevice(): Device {
  let secret = '';
  const codeAt = (now: number): string => generateSync({ secret, epoch: Math.floor(now / 1000) });
  return {
    confirm({ shows }, now) {
      secret = String(shows['secret']).replaceAll(' ', '');
      return { code: codeAt(now) };
    },
    take(clear) {
      secret = String(clear['secret']);
    },
    answer: (_sight, now) => ({ code: codeAt(now) }),
    wrongAnswer(_sight, now) {
      const near = new Set([-2, -1, 0, 1, 2].map((step) => codeAt(now + step * period * 1000)));
      const guesses = Array.from({ length: near.size + 1 }, (_, guess) => String(guess).padStart(digits, '0'));
      return { code: guesses.find((guess) => !near.has(guess)) ?? '' };
    },
  };
}

const simulator: Simulator = {
  createDevice,
  settings: [{}, { window: { past: 0, future: 0 } }],
  showsSecretAtEnrolment: true,
  olderSecrets: [],
};
export default simulator;
