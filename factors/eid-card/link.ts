/**
 * How a card is linked to an account: by a keyed digest of country and number. There are so few numbers that a digest without a key could be reversed in
 * seconds. The key is the deployment's and changes: a digest says which key made it.
 */
import { createHmac } from 'node:crypto';
import type { Card } from './judge-card.ts';
import type { Settings } from './settings.ts';

export interface Link {
  readonly link: string;
  readonly linkKey: string;
}

const hmac = (key: string, text: string) => createHmac('sha256', key).update(text, 'utf8');
const idOf = (key: string): string => hmac(key, 'eid-link-key/1').digest('hex').slice(0, 8);

/** The links of a card under each key of the deployment; the first is the present one. */
export function linksOf(
  { issuer, number }: Pick<Card, 'issuer' | 'number'>,
  { linkKey, earlierLinkKeys }: Pick<Settings, 'linkKey' | 'earlierLinkKeys'>,
): readonly [Link, ...Link[]] {
  const of = (key: string): Link => ({
    link: hmac(key, `eid-link/1|${issuer.rules.country}|${number}`).digest('base64url'),
    linkKey: idOf(key),
  });
  return [of(linkKey), ...earlierLinkKeys.map(of)];
}
