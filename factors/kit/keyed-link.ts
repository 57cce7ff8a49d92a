/**
 * How a person who is known elsewhere is linked to an account: by a keyed digest of the identifier there. A digest
 * without a key could be reversed by trying all identifiers. The key is the deployment's and changes: a digest says
 * which key made it. Used by factors whose identifier must not be stored.
 */
import { createHmac } from 'node:crypto';
import { z } from 'zod';

export interface Link {
  readonly link: string;
  readonly linkKey: string;
}

/** The members of a secret state. */
export const linkShape = {
  /** Keyed digest of the identifier. */
  link: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Which link key made it. */
  linkKey: z.string().regex(/^[0-9a-f]{8}$/),
};

/** A setting; describe it where it is used. */
export const linkKeySetting = z
  .string()
  .min(32, 'must have at least 32 characters')
  .max(1_024)
  .meta({ expects: 'a secret of at least 32 characters', secret: true });

export interface LinkKeys {
  readonly linkKey: string;
  readonly earlierLinkKeys: readonly string[];
}

const hmac = (key: string, text: string) => createHmac('sha256', key).update(text, 'utf8');
const idOf = (key: string): string => hmac(key, 'eid-link-key/1').digest('hex').slice(0, 8);

/**
 * The links of an identifier under each key of the deployment; the first is the present one.
 * @param text what is digested: begins with a word for its use, so that no two uses give the same digest
 */
export function keyedLinks(text: string, { linkKey, earlierLinkKeys }: LinkKeys): readonly [Link, ...Link[]] {
  const of = (key: string): Link => ({ link: hmac(key, text).digest('base64url'), linkKey: idOf(key) });
  return [of(linkKey), ...earlierLinkKeys.map(of)];
}
