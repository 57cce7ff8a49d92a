/**
 * The secrets of an activation: what stands in the link, and how link and paper code are kept. The store holds keyed
 * digests alone, so that nobody who reads it can open an activation.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { SecretBox } from '../adapters/secret-box.ts';

const idBytes = 12;
/** 128 bits, in the part of the link that is not the id. */
const secretBytes = 16;
const tokenForm = /^(?<id>[A-Za-z0-9_-]{16})(?<secret>[A-Za-z0-9_-]{22})$/;

export interface LinkToken {
  readonly id: string;
  readonly secret: string;
}

export const makeLinkToken = (): LinkToken => ({
  id: randomBytes(idBytes).toString('base64url'),
  secret: randomBytes(secretBytes).toString('base64url'),
});

/** The last part of the link's address. */
export const writeLinkToken = ({ id, secret }: LinkToken): string => id + secret;

/** `undefined`: it is none, or not whole. */
export function readLinkToken(written: string): LinkToken | undefined {
  const { id, secret } = tokenForm.exec(written)?.groups ?? {};
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

type Digests = Pick<SecretBox, 'digest'>;

export const linkDigest = (box: Digests, { id, secret }: LinkToken): string =>
  box.digest(`${id} ${secret}`, 'activation link');

/** @param code as `readPaperCode` gives it; bound to the link with this id */
export const codeDigest = (box: Digests, id: string, code: string): string =>
  box.digest(`${id} ${code}`, 'activation code');

/** In constant time. */
export function isSameDigest(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
