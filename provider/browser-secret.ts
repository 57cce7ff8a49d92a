/**
 * Binds a sign-in to the browser that began it: a secret in its own cookie, whose digest is in the sign-in's record.
 * Called by the policy when a request arrives, and by every later request of the sign-in. On https the cookie has
 * `__Host-` (RFC 6265bis §4.1.3.2): a host under the same registrable domain can plant the engine's own two cookies,
 * which are bound to a path, but not this one.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';

export interface BrowserSecret {
  /** Sets a new secret for this browser as a cookie of the response; returns its digest (SHA-256, base64url). */
  give(ctx: Context): string;
  /** Whether the browser of the request has the secret of this digest. */
  has(ctx: Context, digest: unknown): boolean;
  /** Whether the request has any cookie of ours. */
  keepsCookies(ctx: Context): boolean;
}

const secretBytes = 32;
const secretForm = /^[A-Za-z0-9_-]{43}$/;
/** Enough to find the cookie among several; the whole digest is compared. */
const nameCharacters = 12;
/**
 * The most open sign-ins of one browser: the oldest is dropped, so that the cookies never become too long for a
 * request.
 */
const openAtOnce = 12;
/** RFC 6265 §4.2.1: `name=value`, separated by `; `. */
const pairs = (ctx: Context): readonly string[] => ctx.get('Cookie').split(/; */);
const ours = /(?:^|; *)(?:__Host-|__Secure-|rekey[-_])/;

/** @param seconds how long a sign-in may take */
export function createBrowserSecret({
  issuer,
  seconds,
}: {
  readonly issuer: string;
  readonly seconds: number;
}): BrowserSecret {
  const secure = new URL(issuer).protocol === 'https:';
  const prefix = secure ? '__Host-sign-in-' : 'rekey-sign-in-';
  const attributes = { httpOnly: true, sameSite: 'lax', secure, signed: false, path: '/' } as const;
  const nameOf = (digest: string): string => prefix + digest.slice(0, nameCharacters);
  return {
    give(ctx) {
      const secret = randomBytes(secretBytes).toString('base64url');
      const digest = digestOf(secret);
      // Browsers send the oldest first (RFC 6265 §5.4).
      const names = pairs(ctx).flatMap((pair) => (pair.startsWith(prefix) ? [pair.slice(0, pair.indexOf('='))] : []));
      for (const old of names.slice(0, Math.max(0, names.length - openAtOnce + 1)))
        ctx.cookies.set(old, null, attributes);
      ctx.cookies.set(nameOf(digest), secret, { ...attributes, maxAge: seconds * 1000 });
      return digest;
    },
    has(ctx, digest) {
      if (typeof digest !== 'string') return false;
      const start = `${nameOf(digest)}=`;
      const wanted = Buffer.from(digest);
      return pairs(ctx).some((pair) => {
        const secret = pair.startsWith(start) ? pair.slice(start.length) : '';
        if (!secretForm.test(secret)) return false;
        const given = Buffer.from(digestOf(secret));
        return given.length === wanted.length && timingSafeEqual(given, wanted);
      });
    },
    keepsCookies: (ctx) => ours.test(ctx.get('Cookie')),
  };
}

const digestOf = (secret: string): string => hash('sha256', secret, 'base64url');
