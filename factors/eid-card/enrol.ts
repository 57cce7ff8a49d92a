/** Links a card to the account of a person who is signed in. */
import { accepted } from '../contract.ts';
import type { Begun, Confirmed, Input, Outcome, Tools } from '../contract.ts';
import { noneSpent } from '../kit/spent-challenges.ts';
import { linksOf } from './link.ts';
import { newNonce, proveCard } from './prove-card.ts';
import type { Settings } from './settings.ts';
import type { Facts, Pending, Secret } from './states.ts';

/** ms that the page may stay open; the question itself is answered within `patience`. */
const pagePatience = 30 * 60_000;

export async function begin(tools: Tools<Settings>): Promise<Outcome<Begun<Pending>>> {
  const nonce = newNonce(tools);
  return accepted({
    pending: { version: 1, nonce, at: tools.now },
    shows: { nonce },
    expiresAt: tools.now + pagePatience,
  });
}

export async function confirm(
  tools: Tools<Settings>,
  pending: Pending,
  input: Input,
): Promise<Outcome<Confirmed<Secret, Facts>>> {
  const proved = await proveCard(tools, pending, input, () => accepted(undefined));
  if (!proved.ok) return proved;
  const { issuer, certificate } = proved.value;
  const [present, ...earlier] = linksOf(proved.value, tools.settings);
  const { country, level } = issuer.rules;
  return accepted({
    secret: { version: 1, country, ...present, card: certificate.keyDigest, spent: noneSpent },
    facts: { level },
    unique: present.link,
    formerly: earlier.map(({ link }) => link),
  });
}
