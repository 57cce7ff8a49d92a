/** Asks the card that is linked, and judges its answer. */
import { accepted, refused } from '../contract.ts';
import type { Challenged, Input, Outcome, Proved, Tools } from '../contract.ts';
import { spend } from '../kit/spent-challenges.ts';
import type { Card } from './judge-card.ts';
import { linksOf } from './link.ts';
import { newNonce, proveCard } from './prove-card.ts';
import type { Settings } from './settings.ts';
import { patience, type Challenge, type Facts, type Secret } from './states.ts';

export async function challenge(tools: Tools<Settings>, { link }: Secret): Promise<Outcome<Challenged<Challenge>>> {
  const nonce = newNonce(tools);
  return accepted({
    challenge: { version: 1, nonce, at: tools.now, link },
    shows: { nonce },
    expiresAt: tools.now + patience,
  });
}

export async function verify(
  tools: Tools<Settings>,
  secret: Secret,
  asked: Challenge,
  input: Input,
): Promise<Outcome<Proved<Secret, Facts>>> {
  if (asked.link !== secret.link) return refused('device_answer_wrong');
  const proved = await proveCard(tools, asked, input, (card) => isLinked(card, secret, tools.settings));
  if (!proved.ok) return proved;
  const spent = spend(secret.spent, { id: asked.nonce, at: asked.at });
  if (!spent.ok) return spent;
  const { certificate, issuer } = proved.value;
  const [present] = linksOf(proved.value, tools.settings);
  return accepted({
    secret: { ...secret, ...present, card: certificate.keyDigest, spent: spent.value },
    facts: { level: issuer.rules.level },
  });
}

/** Row 16: the linked person's card, and the linked card. */
function isLinked(card: Card, { link, linkKey, card: known }: Secret, settings: Settings): Outcome<void> {
  const same = linksOf(card, settings).find((one) => one.linkKey === linkKey);
  // The key that made the link is not configured any more.
  if (same === undefined) return refused('key_state_unreadable');
  if (same.link !== link) return refused('card_person_other');
  const renewed = card.certificate.keyDigest !== known;
  return renewed && settings.renewedCard === 'link-again' ? refused('certificate_replaced') : accepted(undefined);
}
