/** Asks for a code of the app, and judges it. */
import { accepted } from '../contract.ts';
import type { Challenged, Input, Outcome, Proved, Tools } from '../contract.ts';
import { checkCode, digits, period } from './check-code.ts';
import type { Settings } from './settings.ts';
import type { Challenge, Facts, Secret } from './states.ts';

export async function challenge(_tools: Tools<Settings>, secret: Secret): Promise<Outcome<Challenged<Challenge>>> {
  const shows = { digits: secret.digits ?? digits, period: secret.period ?? period };
  return accepted({ challenge: { version: 1 }, shows });
}

/** The next secret state accepts only later steps, so each code counts once, whatever the window. */
export async function verify(
  { settings, now }: Tools<Settings>,
  secret: Secret,
  _challenge: Challenge,
  input: Input,
): Promise<Outcome<Proved<Secret, Facts>>> {
  const step = checkCode({ ...secret, input, now, window: settings.window });
  return step.ok ? accepted({ secret: { ...secret, lastStep: step.value }, facts: {} }) : step;
}
