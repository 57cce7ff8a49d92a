import { accepted } from '../contract.ts';
import type { Challenged, Input, Outcome, Proved, Tools } from '../contract.ts';
import { checkCode } from '../kit/one-time-code.ts';
import { spend } from '../kit/spent-challenges.ts';
import { purposeOf, sendCode } from './send-code.ts';
import type { Settings } from './settings.ts';
import type { Challenge, Facts, Secret } from './states.ts';

export async function challenge(tools: Tools<Settings>, { number }: Secret): Promise<Outcome<Challenged<Challenge>>> {
  const { sent, ...rest } = sendCode(tools, number, 'code');
  return accepted({ challenge: { version: 1, sent }, ...rest });
}

export async function verify(
  { now }: Tools<Settings>,
  secret: Secret,
  { sent }: Challenge,
  input: Input,
): Promise<Outcome<Proved<Secret, Facts>>> {
  const checked = checkCode({ sent, purpose: purposeOf('code', secret.number), input, now });
  if (!checked.ok) return checked;
  const spent = spend(secret.spent, { id: sent.id, at: sent.sentAt });
  return spent.ok ? accepted({ secret: { ...secret, spent: spent.value }, facts: {} }) : spent;
}
