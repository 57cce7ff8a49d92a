/** Every page in all its states, with names of the greatest length: for tests, and for `rekey texts preview`. */
import { endSamples } from './ends.ts';
import { enrolmentSamples } from './enrolment.ts';
import type { Sample } from './parts.ts';
import { proofSamples } from './proofs.ts';
import { signInSamples } from './sign-in.ts';
import { siteSamples } from './sites.ts';

export type { Sample } from './parts.ts';

export const samples: readonly Sample[] = [
  ...signInSamples,
  ...proofSamples,
  ...enrolmentSamples,
  ...endSamples,
  ...siteSamples,
];
