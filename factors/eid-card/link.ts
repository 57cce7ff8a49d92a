/**
 * How a card is linked to an account: by a keyed digest of country and number. There are so few numbers that a digest without a key could be reversed in
 * seconds.
 */
import { keyedLinks, type Link, type LinkKeys } from '../kit/keyed-link.ts';
import type { Card } from './judge-card.ts';

/** The links of a card under each key of the deployment; the first is the present one. */
export const linksOf = (
  { issuer, number }: Pick<Card, 'issuer' | 'number'>,
  keys: LinkKeys,
): readonly [Link, ...Link[]] => keyedLinks(`eid-link/1|${issuer.rules.country}|${number}`, keys);
