/** What is kept of a link to a national provider, and of a question under way. */
import { z } from 'zod';
import { linkShape } from '../kit/keyed-link.ts';
import { spentChallenges } from '../kit/spent-challenges.ts';

/** ms that the person may be away: codes and apps of providers do not wait longer either. */
export const patience = 10 * 60_000;

const random = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const upstream = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
/** `nonce` (OpenID Connect Core 1.0 §2) and `verifier` (RFC 7636 §4.1): 256 random bits each. */
const question = { version: z.literal(1), upstream, nonce: random, verifier: random, at: z.int().min(0) };

/** Neither the subject of the provider nor any claim. */
export const secret = z.strictObject({ version: z.literal(1), upstream, ...linkShape, spent: spentChallenges });
export type Secret = z.infer<typeof secret>;

const choosing = z.strictObject({ version: z.literal(1), choosing: z.literal(true) });
const linking = z.strictObject(question);
export type Linking = z.infer<typeof linking>;
/** First which provider, if there are several; then its answer. */
export const pending = z.union([choosing, linking]);
export type Pending = z.infer<typeof pending>;

/** `link`: the key that was asked. */
export const challenge = z.strictObject({ ...question, link: linkShape.link });
export type Challenge = z.infer<typeof challenge>;

/** What the judge of an answer needs of either. */
export type Question = Pick<Linking, 'upstream' | 'nonce' | 'verifier' | 'at'>;

export interface Facts {
  /** eIDAS, by the provider's `acr`. */
  readonly level: 'low' | 'substantial' | 'high';
  readonly amr: readonly string[];
}
