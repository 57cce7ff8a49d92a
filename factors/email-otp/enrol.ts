/** Activates the mailbox of the account as a key, by a code. */
import { accepted, refused } from '../contract.ts';
import type { Begun, Confirmed, Input, Outcome, PersonFacts, Tools } from '../contract.ts';
import { judgeRegistration } from '../kit/sent-code.ts';
import { noneSpent } from '../kit/spent-challenges.ts';
import { mailCode } from './mail-code.ts';
import type { Settings } from './settings.ts';
import { address as addressForm } from './states.ts';
import type { Facts, Pending, Secret } from './states.ts';

/** The key is the account's address: the person types none, so nobody can bind another mailbox. */
export async function begin(tools: Tools<Settings>, person: PersonFacts): Promise<Outcome<Begun<Pending>>> {
  const address = addressForm.safeParse(person.email);
  if (!address.success) return refused('address_invalid');
  const { sent, ...rest } = mailCode(tools, address.data, 'registration');
  return accepted({ pending: { version: 1, address: address.data, sent }, ...rest });
}

export async function confirm(
  { now }: Tools<Settings>,
  { address, sent }: Pending,
  input: Input,
): Promise<Outcome<Confirmed<Secret, Facts>>> {
  const checked = judgeRegistration({ sent, to: address, input, now });
  return checked.ok ? accepted({ secret: { version: 1, address, spent: noneSpent }, facts: {} }) : checked;
}
