/**
 * Tokens of browsers in which somebody has signed in. Each is signed for one name, so that its owner is known without a
 * store read, and counts only if the account has its digest. Such a browser is not a trusted browser.
 */
import { timingSafeEqual } from 'node:crypto';
import type { SecretBox } from '../adapters/secret-box.ts';
import { foldName } from '../accounts/unique-values.ts';
import type { Random } from '../factors/contract.ts';

const tokenForm = /^[A-Za-z0-9_-]{43}~[A-Za-z0-9_-]{43}$/;
/** 256 bits. */
const tokenBytes = 32;

type Box = Pick<SecretBox, 'digest'>;

const signature = (own: string, username: string, box: Box): string =>
  box.digest(`${own} ${foldName(username)}`, 'known browser');

export function newBrowserToken(username: string, box: Box, random: Pick<Random, 'bytes'>): string {
  const own = Buffer.from(random.bytes(tokenBytes)).toString('base64url');
  return `${own}~${signature(own, username, box)}`;
}

/** The digest that the account stores for a token. */
export const browserOf = (token: string, box: Box): string => box.digest(token, 'known browser kept').slice(0, 22);

/** The token among these that was signed for the name. */
export const tokenFor = (tokens: readonly string[], username: string, box: Box): string | undefined =>
  tokens.find((token) => {
    const [own = '', mac] = tokenForm.test(token) ? token.split('~') : [];
    return mac !== undefined && timingSafeEqual(Buffer.from(mac), Buffer.from(signature(own, username, box)));
  });
