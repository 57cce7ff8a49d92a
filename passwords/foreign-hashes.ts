/**
 * Password hashes of other products, one record for each type: they are checked unchanged until their owner's first
 * sign-in, which renews them. `argon2.ts` looks up the type of a hash, the import asks whether a hash is acceptable. No
 * such hash is ever made here.
 */
import { createHash, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { HashKind } from './hash-kinds.ts';

export interface ForeignHashKind extends HashKind {
  /** For the import: what the hash looks like. */
  readonly looks: string;
  /** Whether it is complete, and cheap enough that checking it cannot exhaust the machine. */
  accepts(hash: string): boolean;
}

const pbkdf2Async = promisify(pbkdf2);
const scryptAsync = promisify(scrypt) as (
  secret: string,
  salt: Buffer,
  length: number,
  cost: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
) => Promise<Buffer>;

/** Compares in constant time; lengths are not secret. */
const same = (one: Buffer, other: Buffer): boolean => one.length === other.length && timingSafeEqual(one, other);
const nobody = 'nobody has this password';

/** Base64 without padding, as in PHC strings; some programs write `.` for `+`. */
const b64 = (text: string): Buffer => Buffer.from(text.replaceAll('.', '+'), 'base64');
const between = (bytes: Buffer, least: number, most: number): boolean => bytes.length >= least && bytes.length <= most;

const bcryptForm = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const bcryptBegin = /^\$2[aby]\$(\d\d)\$/;

/** bcrypt reads only the first 72 bytes of a password, in every implementation. */
const bcrypt: ForeignHashKind = {
  looks: 'bcrypt ($2a$, $2b$, $2y$), cost 4 to 14',
  accepts(hash) {
    const cost = Number(bcryptForm.exec(hash)?.[1]);
    return cost >= 4 && cost <= 14;
  },
  costClass(hash) {
    const cost = bcryptBegin.exec(hash)?.[1];
    return cost === undefined ? undefined : `$2b$${cost}$`;
  },
  async verify(hash, secret) {
    if (!bcryptForm.test(hash)) return false;
    const { verify } = await import('@node-rs/bcrypt');
    return verify(secret, hash);
  },
  async rehearse(costClass) {
    const { hash } = await import('@node-rs/bcrypt');
    await hash(nobody, Number(bcryptBegin.exec(costClass)?.[1]));
  },
};

const pbkdf2Form =
  /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,8})(?:,l=\d{1,3})?\$([A-Za-z0-9+/.]+)\$([A-Za-z0-9+/.]+)$/;
const pbkdf2Begin = /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,8})[,$]/;
const digestBytes: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha512: 64 };

/**
 * RFC 8018 §5.2. A key is one whole digest: a longer one would cost several times the rounds, and a shorter one could
 * be a truncated hash.
 */
const pbkdf2Kind: ForeignHashKind = {
  looks: 'PBKDF2 ($pbkdf2-sha1$, -sha256$, -sha512$), at most 2,000,000 rounds',
  accepts(hash) {
    const [, digest = 'sha1', rounds, salt = '', key = ''] = pbkdf2Form.exec(hash) ?? [];
    const count = Number(rounds);
    return count >= 1 && count <= 2_000_000 && between(b64(salt), 1, 256) && b64(key).length === digestBytes[digest];
  },
  costClass(hash) {
    const [, digest = 'sha1', rounds] = pbkdf2Begin.exec(hash) ?? [];
    return rounds === undefined ? undefined : `$pbkdf2-${digest}$${rounds}$`;
  },
  async verify(hash, secret) {
    if (!pbkdf2Kind.accepts(hash)) return false;
    const [, digest = 'sha1', rounds, salt = '', key = ''] = pbkdf2Form.exec(hash) ?? [];
    const wanted = b64(key);
    return (
      rounds !== undefined && same(await pbkdf2Async(secret, b64(salt), Number(rounds), wanted.length, digest), wanted)
    );
  },
  async rehearse(costClass) {
    const [, digest = 'sha1', rounds] = pbkdf2Begin.exec(costClass) ?? [];
    // One byte is as much work as one whole digest.
    await pbkdf2Async(nobody, 'salt', Number(rounds), 1, digest);
  },
};

const scryptForm = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/.]*)\$([A-Za-z0-9+/.]+)$/;
const scryptBegin = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,2})\$/;
/** 256 MiB, in bytes (RFC 7914 §2: 128 · N · r). */
const scryptMemory = 2 ** 28;
const scryptCost = (parts: readonly (string | undefined)[]) => {
  const [, ln = NaN, r = NaN, p = NaN] = parts.map(Number);
  return { N: 2 ** ln, r, p, maxmem: 2 * scryptMemory };
};

const scryptKind: ForeignHashKind = {
  looks: 'scrypt ($scrypt$ln=…,r=…,p=…$), with at most 256 MiB and 4 lanes',
  accepts(hash) {
    const parts = scryptForm.exec(hash);
    if (!parts) return false;
    const { N, r, p } = scryptCost(parts);
    return (
      N >= 2 &&
      r >= 1 &&
      p >= 1 &&
      p <= 4 &&
      128 * N * r <= scryptMemory &&
      between(b64(parts[4] ?? ''), 1, 256) &&
      [32, 64].includes(b64(parts[5] ?? '').length)
    );
  },
  costClass: (hash) => scryptBegin.exec(hash)?.[0],
  async verify(hash, secret) {
    const parts = scryptForm.exec(hash);
    if (!parts || !scryptKind.accepts(hash)) return false;
    const wanted = b64(parts[5] ?? '');
    return same(await scryptAsync(secret, b64(parts[4] ?? ''), wanted.length, scryptCost(parts)), wanted);
  },
  async rehearse(costClass) {
    await scryptAsync(nobody, Buffer.from('salt'), 32, scryptCost(scryptBegin.exec(costClass) ?? []));
  },
};

const saltedForm = /^\{(SSHA|SSHA256|SSHA512)\}([A-Za-z0-9+/]+={0,2})$/;
const saltedBegin = /^\{(SSHA|SSHA256|SSHA512)\}/;
const saltedDigest: Readonly<Record<string, string>> = { SSHA: 'sha1', SSHA256: 'sha256', SSHA512: 'sha512' };

/** One round of a fast hash, as directories store it: the first sign-in replaces it. */
const salted: ForeignHashKind = {
  looks: '{SSHA}, {SSHA256} or {SSHA512}',
  accepts(hash) {
    const [, name = '', text = ''] = saltedForm.exec(hash) ?? [];
    const length = digestBytes[saltedDigest[name] ?? ''] ?? Infinity;
    return between(Buffer.from(text, 'base64'), length + 1, length + 64);
  },
  costClass: (hash) => saltedBegin.exec(hash)?.[0],
  async verify(hash, secret) {
    const [, name = '', text = ''] = saltedForm.exec(hash) ?? [];
    const digest = saltedDigest[name];
    if (digest === undefined) return false;
    const bytes = Buffer.from(text, 'base64');
    const length = digestBytes[digest] ?? Infinity;
    return same(createHash(digest).update(secret).update(bytes.subarray(length)).digest(), bytes.subarray(0, length));
  },
  rehearse: async () => createHash('sha512').update(nobody).digest(),
};

export const foreignKinds: readonly ForeignHashKind[] = [bcrypt, pbkdf2Kind, scryptKind, salted];

export const isAcceptableForeignHash = (hash: string): boolean => foreignKinds.some((kind) => kind.accepts(hash));
