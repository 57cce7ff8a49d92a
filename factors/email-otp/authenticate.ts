/** Mails a code to the address of the account, and judges it. */
import { accepted } from '../contract.ts';
import type { Challenged, Input, Outcome, Proved, Tools } from '../contract.ts';
import { judgeCode } from '../kit/sent-code.ts';
import { mailCode } from './mail-code.ts';
import type { Settings } from './settings.ts';
import type { Challenge, Facts, Secret } from './states.ts';

export async function challenge(tools: Tools<Settings>, { address }: Secret): Promise<Outcome<Challenged<Challenge>>> {
  const { sent, ...rest } = mailCode(tools, address, 'code');
  return accepted({ challenge: { version: 1, sent }, ...rest });
}

export const verify = async (
  { now }: Tools<Settings>,
  secret: Secret,
  { sent }: Challenge,
  input: Input,
): Promise<Outcome<Proved<Secret, Facts>>> => judgeCode(secret, { sent, to: secret.address, input, now });
