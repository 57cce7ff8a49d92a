/** What is kept of a linked card, of a link under way, and of a question. */
import { z } from 'zod';
import { linkShape } from '../kit/keyed-link.ts';
import { spentChallenges } from '../kit/spent-challenges.ts';

/** ms that a question may be answered. */
export const patience = 5 * 60_000;

const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const at = z.int().min(0);
/** 32 random bytes as base64: the extension takes 44 characters at least. */
const nonce = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);

/** Neither number nor name, and no certificate. */
export const secret = z.strictObject({
  version: z.literal(1),
  country: z.string().regex(/^[A-Z]{2}$/),
  ...linkShape,
  /** SHA-256 of the card's public key: another card of the same person has another. */
  card: digest,
  spent: spentChallenges,
});
export type Secret = z.infer<typeof secret>;

export const pending = z.strictObject({ version: z.literal(1), nonce, at });
export type Pending = z.infer<typeof pending>;

/** `link`: the key that was asked. */
export const challenge = z.strictObject({ version: z.literal(1), nonce, at, link: digest });
export type Challenge = z.infer<typeof challenge>;

export interface Facts {
  /** Of the country's scheme (eIDAS). */
  readonly level: 'low' | 'substantial' | 'high';
}
